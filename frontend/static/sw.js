// The desk's service worker, served as /desk/sw.js with its scope at /desk. The server writes RELEASE and ASSETS above
// this line: a new release is a new worker. It keeps the desk's page and what the page is made of, and nothing else: no
// answer of the ledger, no page for signing in, no other page.
/* global RELEASE, ASSETS, FONTS */

const PAGES = `tsunagu-desk-page-${RELEASE}`;
const PARTS = `tsunagu-desk-parts-${RELEASE}`;
const SLICES = `tsunagu-desk-fonts-${FONTS}`;
const PATIENCE = 3_000; // ms until the kept page takes the place of one that does not come.
const FONT_PATH = "/static/vendor/fonts/";

// Windows whose page is of another release than this worker: their parts must not come from here.
const others = new Set();

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(fill());
});

async function fill() {
  const parts = await caches.open(PARTS);
  // One after the other: whoever scans meanwhile does not wait for this.
  for (const [path, hash] of ASSETS) {
    const answer = await fetch(`${path}?v=${hash}`, { cache: "no-cache" });
    if (!answer.ok || answer.redirected) throw new Error(`${path}: ${answer.status}`);
    await parts.put(path, answer);
  }
  await keepPage(await fetch("/desk", { redirect: "manual" }));
  // Without its page the new release could not open the desk where the old one can.
  if (!(await caches.match("/desk", { cacheName: PAGES }))) throw new Error("the desk's page did not come");
}

self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

async function takeOver() {
  const current = [PAGES, PARTS, SLICES];
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("tsunagu-desk-") && !current.includes(name));
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

self.addEventListener("message", (event) => {
  const fonts = (event.data?.fonts ?? []).filter((path) => path.startsWith(FONT_PATH));
  event.waitUntil(Promise.all(fonts.map((path) => slice(path))));
});

self.addEventListener("fetch", (event) => {
  const { method, url, mode } = event.request;
  const address = new URL(url);
  if (method !== "GET" || address.origin !== location.origin) return;
  if (mode === "navigate" && address.pathname === "/desk") event.respondWith(page(event));
  else if (address.pathname.startsWith(FONT_PATH)) event.respondWith(slice(address.pathname));
  else if (address.pathname.startsWith("/static/")) event.respondWith(part(event, address.pathname));
  // A worker is below this scope or comes without its service worker.
  else if (address.pathname === "/desk/decode_worker.js") event.respondWith(part(event, "/static/decode_worker.js"));
});

/** The server's page when it comes in time, the kept one otherwise. A late answer is still kept. */
async function page(event) {
  const coming = fetch(event.request).then(async (answer) => {
    if (!isPage(answer)) return answer;
    const text = await answer.clone().text();
    if (!text.includes(`data-release="${RELEASE}"`)) others.add(event.resultingClientId);
    event.waitUntil(new URL(answer.url).search ? fetch("/desk", { redirect: "manual" }).then(keepPage) : keepText(text, answer.headers));
    return answer;
  });
  event.waitUntil(coming.catch(() => {}));
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const answer = await Promise.race([coming.catch(() => null), late]);
  if (answer && answer.status < 500) return answer;
  const kept = await caches.match("/desk", { cacheName: PAGES });
  if (kept) return kept;
  return answer ?? coming;
}

/** A page of the desk: not an error, not the way to sign in, not the page of a hall's wifi. */
function isPage(answer) {
  const html = answer.headers.get("Content-Type")?.startsWith("text/html");
  return answer.status === 200 && answer.type === "basic" && !answer.redirected && html;
}

async function keepPage(answer) {
  if (isPage(answer)) await keepText(await answer.text(), answer.headers);
}

async function keepText(text, headers) {
  // Only this release's own desk fits this release's parts.
  if (!text.includes(`data-release="${RELEASE}"`) || !text.includes('id="desk"')) return;
  // The page carries the server's time, which is over when the page is read from here.
  const kept = text.replace(/ data-now="\d*"/, ' data-now=""');
  const said = new Headers(headers);
  for (const name of ["Content-Encoding", "Content-Length", "Date"]) said.delete(name);
  await (await caches.open(PAGES)).put("/desk", new Response(kept, { headers: said }));
}

async function part(event, path) {
  const asked = new URL(event.request.url).searchParams.get("v");
  const mine = ASSETS.find(([known]) => known === path);
  const other = others.has(event.clientId) || (asked && mine && asked !== mine[1]);
  const kept = mine && !other ? await caches.match(path, { cacheName: PARTS }) : null;
  return kept ?? fetch(event.request);
}

async function slice(path) {
  const kept = await caches.match(path, { cacheName: SLICES });
  if (kept) return kept;
  // The words are read in another font meanwhile; a slice that hangs would keep a connection from what is to be sent.
  const answer = await fetch(path, { signal: AbortSignal.timeout(PATIENCE) });
  if (answer.ok) await (await caches.open(SLICES)).put(path, answer.clone());
  return answer;
}
