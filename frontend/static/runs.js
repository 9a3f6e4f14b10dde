// The running list, newest first, the band above it and the beads: what the desk says, in words, marks and colours.

const SHOWN = 8; // Rows in sight; the earlier ones are one press away.
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
  undone: { mark: "undo", tone: "tone-soft", live: false },
};

export class Runs {
  #rows = []; // oldest first
  #items = new Map(); // row → li
  #all = false;

  constructor() {
    byId("earlier").addEventListener("click", () => {
      this.#all = !this.#all;
      this.#tidy();
    });
  }

  get newestFirst() {
    return [...this.#rows].reverse();
  }

  add(row) {
    this.#rows.push(row);
    const item = document.createElement("li");
    this.#items.set(row, item);
    byId("runs").prepend(item);
    this.draw(row);
  }

  draw(row) {
    const look = STATES[row.state];
    const words = make("p", { class: "why" });
    const strong = row.state === "waiting" || row.state === "refused" || row.state === "noted";
    words.append(strong ? make("b", { class: look.tone }, row.words) : row.words);
    if (row.more) words.append(`　${row.more}`);
    const name = row.state === "undone" ? make("s", {}, row.shown) : row.shown;
    const id = make("p", { class: "id" }, make("span", { class: "num" }, name));
    if (row.call) id.append(make("span", { class: "call" }, `${row.call}番`));
    const what = make("div", {}, id, words);
    if (row.ways?.length) what.append(make("p", { class: "ways" }, ...row.ways.map(way)));
    const item = this.#items.get(row);
    item.className = row.state;
    item.replaceChildren(
      make("span", { class: "no" }), mark(look.mark, `mk ${look.tone}`), what,
      make("time", { datetime: row.at.toISOString() }, row.time),
    );
    this.#tidy();
  }

  /** How many of a session's rows count, and how many of them the ledger has. */
  counted(session) {
    const live = this.#rows.filter((row) => row.session === session && STATES[row.state].live);
    return { all: live.length, sent: live.filter((row) => row.state === "applied").length };
  }

  number(row) {
    const live = this.#rows.filter((one) => one.session === row.session && STATES[one.state].live);
    return live.indexOf(row) + 1;
  }

  #tidy() {
    const hidden = Math.max(0, this.#rows.length - SHOWN);
    const counts = new Map();
    this.#rows.forEach((row, place) => {
      const item = this.#items.get(row);
      item.hidden = !this.#all && place < hidden;
      const number = row.session && STATES[row.state].live ? (counts.get(row.session) ?? 0) + 1 : 0;
      if (number) counts.set(row.session, number);
      item.firstElementChild.textContent = number || "";
    });
    byId("none").hidden = this.#rows.length > 0;
    byId("earlier").hidden = hidden === 0;
    byId("earlier").textContent = this.#all ? "新しい8件だけにする" : `前の${hidden}件を見る`;
  }
}

function way({ text, href, press }) {
  return href ? make("a", { href, class: "btn" }, text) : make("button", { type: "button", class: "btn", press }, text);
}

/** The band: kind is '' (taken), again, or no. It stays until the next act. */
export function showBand(kind, sign, title, words, link = null) {
  const text = make("p", {}, make("b", {}, title), words);
  if (link) text.append(" ", make("a", { href: link.href, class: "nb" }, link.text));
  byId("result").replaceChildren(make("div", { class: `result ${kind}` }, mark(sign), text));
}

/** The figure and its beads: full is in the ledger, half is on its way. */
export function showCount({ all, sent }) {
  byId("count").textContent = all;
  byId("count-line").hidden = all === 0;
  byId("count-note").textContent = all > sent ? `記録ずみ${sent}　未送信${all - sent}` : `記録ずみ${sent}`;
  const beads = Array.from({ length: Math.min(all, BEADS) }, (_, place) => mark(place < sent ? "full" : "half"));
  byId("beads").replaceChildren(...beads);
  byId("beads").hidden = all === 0;
}
