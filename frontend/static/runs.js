// The running list, newest first, the band above it and the beads: what the desk says, in words, marks and colours.

import { seatWords } from "./seat_words.js";

const SHOWN = 8; // Rows in sight; the earlier ones are one press away.
const DRAWN = 60; // Rows that are written though they are out of sight.
const BEADS = 45;

const byId = (id) => document.getElementById(id);

/** An element: make("p", {class: "why"}, "text", child …). Functions among the attributes listen to clicks. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener("click", value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** A sign of marks.html. */
export function mark(id, classes = "") {
  const space = "http://www.w3.org/2000/svg";
  const sign = document.createElementNS(space, "svg");
  const attributes = { viewBox: "0 0 24 24", fill: "currentColor", "aria-hidden": "true", focusable: "false" };
  for (const [name, value] of Object.entries({ ...attributes, class: classes })) sign.setAttribute(name, value);
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#mark-${id}`);
  sign.append(use);
  return sign;
}

// What a row looks like in each state. live: it counts, and it may be taken back.
export const STATES = {
  waiting: { mark: "unsent", tone: "tone-ink", live: true },
  applied: { mark: "done", tone: "tone-take", live: true },
  noted: { mark: "same", tone: "tone-yama", live: false },
  seen: { mark: "search", tone: "tone-ink", live: false },
  refused: { mark: "nogo", tone: "tone-shu", live: false },
  conflict: { mark: "ask", tone: "tone-yama", live: false },
  undone: { mark: "undo", tone: "tone-soft", live: false },
};
const STRONG = new Set(["waiting", "refused", "noted", "conflict"]);

/**
 * A row: {shown, call, at, time, state, words, more, ways, session}; the newest stands on top. size: how many devices it is
 * (1 without it), left: those that a case went without, form: what it asks at its foot.
 */
export class Runs {
  #rows = []; // oldest first
  #items = new Map(); // row → li
  #stale = new Set(); // rows out of sight whose li does not say yet what they have become
  #all = false;
  #asked = false;
  #fixes;

  /** fixes(row): presses that put an act right which stands, quieter than those that end a refusal. */
  constructor(fixes) {
    this.#fixes = fixes;
    byId("earlier").addEventListener("click", () => {
      this.#all = !this.#all;
      this.#tidy();
    });
  }

  get newest() {
    return this.#rows.at(-1);
  }

  /** The newest row that fits; undefined when none does. */
  findLast(fits) {
    return this.#rows.findLast(fits);
  }

  add(row) {
    this.#rows.push(row);
    this.#items.set(row, document.createElement("li"));
    byId("runs").prepend(this.#items.get(row));
    this.draw(row);
  }

  /** Rows from before this page, oldest first, below everything that is there. */
  addOlder(rows) {
    this.#rows.unshift(...rows);
    const items = rows.map((row) => {
      this.#items.set(row, document.createElement("li"));
      this.#stale.add(row);
      this.#items.get(row).className = row.state;
      return this.#items.get(row);
    });
    byId("runs").append(...items.reverse());
    this.#tidy();
  }

  draw(row) {
    this.#items.get(row).className = row.state;
    this.#stale.add(row);
    // What is in sight is drawn now; a hundred verdicts at once put the list in order once.
    if (this.#all || this.#rows.length <= SHOWN || this.#rows.slice(-SHOWN).includes(row)) this.#write(row);
    if (this.#asked) return;
    this.#asked = true;
    queueMicrotask(() => this.#tidy());
  }

  #write(row) {
    this.#stale.delete(row);
    const look = STATES[row.state];
    const words = make("p", { class: "why" });
    words.append(STRONG.has(row.state) ? make("b", { class: look.tone }, row.words) : row.words);
    if (row.more) words.append(`　${row.more}`);
    for (const one of this.#fixes(row)) words.append(" ", way(one, "fix"));
    const name = row.state === "undone" ? make("s", {}, row.shown) : row.shown;
    const id = make("p", { class: "id" }, make("span", { class: "num" }, name));
    const seat = seatWords(row);
    if (seat) id.prepend(make("span", { class: "seat" }, seat));
    if (row.call) id.append(make("span", { class: "call" }, `${row.call}番`));
    const what = make("div", {}, id, words);
    if (row.left?.length) what.append(leftOut(row.left));
    if (row.ways?.length) what.append(make("p", { class: "ways" }, ...row.ways.map((one) => way(one, "btn"))));
    const item = this.#items.get(row);
    const under = item.querySelector(":scope > .under");
    // What a person is writing stays as it is while the row above it is written anew.
    for (const child of [...item.children]) if (child !== under) child.remove();
    item.prepend(
      make("span", { class: "no" }), mark(look.mark, `mk ${look.tone}`), what,
      make("time", { datetime: row.at.toISOString() }, row.time),
    );
    if (!row.form) under?.remove();
    else if (!under) item.append(make("div", { class: "under" }, row.form));
  }

  /** Where the keyboard goes on after the form at a row's foot is gone. */
  focus(row) {
    this.#items.get(row).querySelector("button, a")?.focus();
  }

  /** How many of a session's rows count, and how many of them the ledger has. */
  counted(session) {
    let [all, sent] = [0, 0];
    for (const row of this.#rows) {
      if (row.session !== session || !STATES[row.state].live) continue;
      all += row.size ?? 1;
      if (row.state === "applied") sent += row.size ?? 1;
    }
    return { all, sent };
  }

  number(row) {
    let number = 0;
    for (const one of this.#rows) {
      if (one.session === row.session && STATES[one.state].live) number += one.size ?? 1;
      if (one === row) break;
    }
    return number;
  }

  #tidy() {
    this.#asked = false;
    const hidden = Math.max(0, this.#rows.length - SHOWN);
    const counts = new Map();
    this.#rows.forEach((row, place) => {
      const item = this.#items.get(row);
      const out = !this.#all && place < hidden;
      if (item.hidden !== out) item.hidden = out;
      if ((!out || place >= this.#rows.length - DRAWN) && this.#stale.has(row)) this.#write(row);
      const number = row.session && STATES[row.state].live ? (counts.get(row.session) ?? 0) + (row.size ?? 1) : 0;
      if (number) counts.set(row.session, number);
      const words = number ? String(number) : "";
      const figure = item.firstElementChild;
      if (figure && figure.textContent !== words) figure.textContent = words;
    });
    byId("none").hidden = this.#rows.length > 0;
    byId("earlier").hidden = hidden === 0;
    byId("earlier").textContent = this.#all ? "新しい8件だけにする" : `前の${hidden}件を見る`;
  }
}

function way({ text, href, press }, kind) {
  return href ? make("a", { href, class: kind }, text) : make("button", { type: "button", class: kind, press }, text);
}

/** Those of a case that the act left out, each with the reason: [{device, call, why}]. */
function leftOut(left) {
  const line = ({ device, call, why }) => make("li", {}, make("span", { class: "num" }, device),
    ...(call ? [make("b", { class: "call" }, `${call}番`)] : []), make("span", {}, why));
  return make("ul", { class: "leftout", "aria-label": "のぞいた端末" }, ...left.map(line));
}

/** The band: kind is '' (taken), again, or no; next: where it leads or what it offers. It stays until the next act. */
export function showBand(kind, sign, title, words, next = null) {
  const text = make("p", {}, make("b", {}, title), words);
  if (next) text.append(" ", way(next, next.press ? "fix" : "nb"));
  byId("result").replaceChildren(make("div", { class: `result ${kind}` }, mark(sign), text));
}

function against(wanted, all) {
  if (all === wanted) return "そろいました";
  return all < wanted ? `あと${wanted - all}台` : `${all - wanted}台多いです`;
}

/** The figure and its beads: full is in the ledger, half is on its way, a ring is still to come. wanted: null if unknown. */
export function showCount({ all, sent }, wanted = null) {
  const left = wanted === null ? 0 : Math.max(0, wanted - all);
  byId("count").textContent = all;
  byId("count-line").hidden = all === 0;
  byId("count-of").textContent = wanted === null ? "台" : `／${wanted}台　${against(wanted, all)}`;
  const counts = [`記録ずみ${sent}`, all > sent && `未送信${all - sent}`, left && `まだ${left}`];
  byId("count-note").textContent = counts.filter(Boolean).join("　");
  const sign = (place) => (place < sent ? "full" : place < all ? "half" : "ring");
  const beads = Array.from({ length: Math.min(all + left, BEADS) }, (_, place) => mark(sign(place)));
  byId("beads").replaceChildren(...beads);
  byId("beads").hidden = all === 0;
}
