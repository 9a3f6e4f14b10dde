// What a course still has out, whichever desk takes it back: asked for every few seconds while somebody can see it, and
// joined with what this desk has scanned and not sent yet.

import { make, mark } from "./runs.js";

const EVERY = 5_000; // ms between two looks.
const FEW = 6; // So many stand one by one, each with what can be done; more are call numbers only.
const BEADS = 45;
const byId = (id) => document.getElementById(id);

export class Remaining {
  #course = "";
  #etag = null;
  #known = null; // {devices_out, returned, lent}
  #at = null; // When it was told last.
  #asked = 0; // When that was asked for, ms.
  #shown = false;
  #timer = 0;
  #turn = 0; // Which look is the newest: an answer that was overtaken is not shown.
  #each = false;
  #mine;
  #clock;

  /**
   * mine() gives what came back at this desk, asset number → when the ledger took it (ms), null while it is on its way;
   * clock(date) says the time of day.
   */
  constructor({ mine, clock, course }) {
    this.#mine = mine;
    this.#clock = clock;
    const list = byId("remaining-course");
    list?.addEventListener("change", () => this.follow(list.value));
    byId("remaining-more").firstElementChild.addEventListener("click", () => {
      this.#each = !this.#each;
      this.draw();
    });
    document.addEventListener("visibilitychange", () => this.#look());
    for (const told of ["focus", "online"]) addEventListener(told, () => this.#look());
    this.follow(course);
  }

  get course() {
    return this.#course;
  }

  /** Another course, when the page offers it; '' for none. */
  follow(course) {
    const list = byId("remaining-course");
    if (list) list.value = course;
    this.#course = list?.value === course ? course : "";
    this.#known = this.#etag = this.#at = null;
    this.draw();
    this.#look();
  }

  show(returning) {
    byId("remaining").hidden = !returning;
    if (returning === this.#shown) return void this.draw();
    this.#shown = returning;
    this.draw();
    this.#look();
  }

  /** Something was judged or undone here: look again as soon as that is over. */
  soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), 300);
  }

  async #look() {
    clearTimeout(this.#timer);
    if (!this.#shown || !this.#course || document.hidden) return;
    const asked = Date.now();
    const turn = ++this.#turn;
    try {
      const address = `/api/desk/remaining?${new URLSearchParams({ course: this.#course })}`;
      const headers = this.#etag ? { "If-None-Match": this.#etag } : {};
      // A look that hangs would keep a connection from what is to be sent.
      const answer = await fetch(address, { headers, signal: AbortSignal.timeout(2 * EVERY) });
      if (turn !== this.#turn) return;
      if (answer.ok) {
        this.#etag = answer.headers.get("ETag");
        this.#known = await answer.json();
      }
      if (answer.ok || answer.status === 304) [this.#at, this.#asked] = [new Date(), asked];
    } catch {
      // No network: what was told last stands, with its time.
      if (turn !== this.#turn) return;
    }
    this.draw();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), EVERY);
  }

  draw() {
    byId("remaining-now").hidden = !this.#known;
    if (!this.#known) return;
    const { devices_out: out, lent } = this.#known;
    const mine = this.#mine();
    const here = out.filter(({ asset_number: asset }) => mine.get(asset) === null);
    // What the ledger took since it was asked is no more out than what it told of.
    const gone = ({ asset_number: asset }) => mine.has(asset) && (mine.get(asset) ?? Infinity) >= this.#asked;
    const still = out.filter((device) => !gone(device));
    this.#say(still.length, here.length, lent);
    const beads = [...Array(lent).keys()].slice(0, BEADS);
    const sign = (place) => (place < lent - still.length - here.length ? "full" : place < lent - still.length ? "half" : "ring");
    set(byId("remaining-beads"), beads.map((place) => mark(sign(place))));
    const each = this.#each || still.length <= FEW;
    byId("remaining-list").classList.toggle("calls", !each);
    set(byId("remaining-list"), [
      ...still.map((device) => (each ? this.#line(device) : short(device))),
      ...here.map(waiting),
    ]);
    byId("remaining-more").hidden = still.length <= FEW;
    const more = byId("remaining-more").firstElementChild;
    more.textContent = this.#each ? "番号だけにする" : "1台ずつ見る";
    more.setAttribute("aria-expanded", this.#each);
  }

  #say(still, here, lent) {
    const words = {
      none: ["この講座には、まだ貸していません。"],
      sending: ["全部読み取りました。"],
      done: ["全部もどりました。"],
      some: ["この講座の残り ", make("b", {}, String(still)), "台"],
    };
    const kind = still ? "some" : here ? "sending" : lent ? "done" : "none";
    const title = make("span", { class: kind === "done" ? "tone-take" : "" }, ...words[kind]);
    set(byId("remaining-title"), kind === "done" ? [mark("done", "tone-take"), title] : [title]);
    const back = lent - still - here;
    const counts = lent ? [`貸した${lent}台　もどった${back}台`, ...(here ? [`未送信${here}台`] : [])] : [];
    const old = this.#at && Date.now() - this.#at > 3 * EVERY ? [`${this.#clock(this.#at)} に台帳から届いた数です`] : [];
    byId("remaining-note").textContent = [...counts, ...old].join("　");
  }

  #line(device) {
    const { asset_number: asset, lent_at: lent, desk, missing: sought } = device;
    const where = [lent && this.#clock(new Date(lent)), desk].filter(Boolean).join(" ");
    const act = sought
      ? make("span", { class: "st hold" }, mark("hold"), "所在不明として記録ずみ")
      : make("a", { class: "btn", href: missing(asset), target: "_blank", rel: "noopener" },
        "見つからない", make("span", { class: "hush" }, `（${asset}）`));
    return make("li", {}, called(device), make("span", { class: "num" }, asset), make("span", { class: "note" }, where), act);
  }
}

const missing = (asset) => `/devices/${encodeURIComponent(asset)}?stop=missing#stops`;

function called({ call_number: call, asset_number: asset }) {
  return make("b", { class: "call" }, call ? `${call}番` : asset);
}

function short(device) {
  return make("li", {}, called(device));
}

function waiting(device) {
  const words = make("span", { class: "st unsent" }, mark("unsent"), "読み取りました　未送信");
  return make("li", { class: "here" }, called(device), make("span", { class: "num" }, device.asset_number), words);
}

/** Only what changed is touched: a screen reader reads a changed line once, and what is in focus stays there. */
function set(element, children) {
  const wanted = new Set(children.map((child) => child.outerHTML));
  for (const old of [...element.children]) if (!wanted.has(old.outerHTML)) old.remove();
  children.forEach((child, place) => {
    const standing = element.children[place];
    if (standing?.outerHTML !== child.outerHTML) element.insertBefore(child, standing ?? null);
  });
  while (element.children.length > children.length) element.lastElementChild.remove();
}
