// On every staff page: what waits on this machine is sent, and said. Signing out with something unsent asks first.

import { watchPictures } from "./picture_sender.js";
import { sender } from "./sender.js";
import { recallClock, remember, remembered, serverNow, summary, tidy } from "./store.js";
import { announce } from "./tabs.js";
import { sinceWords, unsentWords, watchUnsent } from "./unsent.js";

const HOUR = 3600_000;
const KEPT_PAGES = "tsunagu-desk-page";
const { user = "", userName = "" } = document.body.dataset;
const desk = document.getElementById("desk");
const badge = document.getElementById("unsent");
let numbers = { unsent: 0, oldest: null, pictures: 0 };

function showBadge() {
  if (!badge) return;
  const since = sinceWords(numbers.oldest, serverNow());
  badge.hidden = !numbers.unsent && !numbers.pictures;
  badge.classList.toggle("old", since !== null);
  const said = unsentWords(numbers, since);
  const words = badge.querySelector("[role=status]");
  if (words.textContent !== said) words.textContent = said;
}

/** The desk that this machine opens without a network shows a name: it goes when that person goes. but: whose may stay. */
async function dropKeptPages(but = null) {
  if (!("caches" in globalThis)) return;
  for (const name of await caches.keys()) {
    if (!name.startsWith(KEPT_PAGES)) continue;
    // The service worker may have kept the page of whoever came just now before that page could say so.
    if (but === null || (await keptFor(name)) !== but) await caches.delete(name);
  }
}

async function keptFor(name) {
  const page = await caches.match("/desk", { cacheName: name });
  return page && new DOMParser().parseFromString(await page.text(), "text/html").body.dataset.user;
}

async function knowOperator() {
  if ((await remembered("operator")) !== user) {
    await dropKeptPages(user);
    await remember("operator", user);
  }
}

function button(text, press, kind = "") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `btn${kind}`;
  made.textContent = text;
  made.addEventListener("click", press);
  return made;
}

function askBefore(form, { unsent, pictures }) {
  document.getElementById("ask-sign-out")?.remove();
  const ask = document.createElement("div");
  ask.id = "ask-sign-out";
  ask.setAttribute("role", "alert");
  const words = document.createElement("p");
  const left = [unsent && `読み取りが${unsent}件`, pictures && `写真が${pictures}枚`].filter(Boolean).join("、");
  words.textContent =
    `まだ台帳に送っていない${left}あります。サインアウトしてもこの機械に残り、` +
    "つぎにサインインしたときに送ります。";
  const go = button("サインアウトする", () => leave(form));
  const stay = button("やめる", () => {
    ask.remove();
    form.querySelector("button")?.focus();
  }, " quiet");
  const acts = document.createElement("p");
  acts.className = "acts";
  acts.append(go, stay);
  ask.append(words, acts);
  form.after(ask);
  go.focus();
}

async function leave(form) {
  form.dataset.sure = "";
  try {
    await dropKeptPages();
    await remember("pack", null);
    await remember("operator", "");
    announce({ kind: "who", username: "" });
  } finally {
    form.requestSubmit();
  }
}

async function beforeSignOut(form) {
  let left = { unsent: 0, pictures: 0 };
  try {
    left = await summary(user);
  } catch {
    // A machine that cannot open its store has nothing in it to ask about.
  }
  if (left.unsent || left.pictures) askBefore(form, left);
  else leave(form);
}

// Before forms.js hears of it, which would hold the buttons back for a request that does not go out yet.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("action") !== "/sign-out" || form.dataset.sure !== undefined) return;
  event.preventDefault();
  beforeSignOut(form);
}, { capture: true });

if (user) {
  // The desk as this machine kept it says no time of the server, and whose session it is now nobody knows.
  sender.start({ username: user, name: userName }, !desk || desk.dataset.now !== "");
  watchPictures();
  knowOperator().catch(console.error);
} else {
  announce({ kind: "who", username: "" });
}
// What was kept says the server's time, so its age is told by that.
recallClock().then(() => {
  showBadge();
  return user && tidy(serverNow());
}).catch(console.error);
if (badge) {
  watchUnsent(() => sender.who.username, (found) => {
    numbers = found;
    showBadge();
  });
  setInterval(showBadge, HOUR / 60);
}
