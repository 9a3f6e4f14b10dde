// Seats instead of names: at a course each scan takes the next seat, or the one that somebody wrote. Who sits there is
// written nowhere.

import { pack } from "./pack.js";
import { ask } from "./post.js";
import { STATES } from "./runs.js";
import { seatRead, seatsOf } from "./seat_words.js";

const FIRST = { lead: "", number: 1 };
// A router stands in a corner and serves them all.
const SITTING = new Set(["smartphone", "tablet"]);
const RULE = "席の番号だけを書きます。お名前は書きません。";

const byId = (id) => document.getElementById(id);

export class Seats {
  #target = null;
  #told = new Set(); // seats that the ledger knew of when it was asked
  #turn = 0;

  constructor() {
    const field = byId("seat");
    field.addEventListener("focus", () => field.select());
    field.addEventListener("input", (event) => {
      // A scanner that typed into the field has its text taken out again.
      if (event.isTrusted) this.#write(field.value);
      else this.draw();
    });
    field.addEventListener("keydown", (event) => event.key === "Enter" && field.blur());
    field.addEventListener("blur", () => this.draw());
  }

  /** Another target. Of a course the ledger may know seats that other desks gave away. */
  follow(target) {
    this.#target = target;
    this.#told = new Set();
    this.again();
  }

  /** Ask which seats are taken; without a network those of this desk count alone. */
  async again() {
    const course = this.#target?.wire?.course;
    const turn = ++this.#turn;
    if (!course) return;
    try {
      const answer = await ask("GET", `/api/courses/${encodeURIComponent(course)}/seats`);
      if (turn !== this.#turn || !answer.ok || !Array.isArray(answer.said?.items)) return;
      this.#told = new Set(answer.said.items.filter((one) => !one.returned_at).map((one) => one.seat));
      this.draw();
    } catch {
      // The next choice asks again.
    }
  }

  /** What a scan carries of a seat: {wire: {seat}}, or nothing. */
  read(code, session) {
    if (!session?.wire?.course) return {};
    const { device } = pack.find(code) ?? {};
    return device && !SITTING.has(device.kind) ? {} : { wire: { seat: this.#next(session) } };
  }

  show(lending) {
    byId("seat-line").hidden = !lending || !this.#target?.wire?.course;
    if (document.activeElement !== byId("seat")) this.draw();
  }

  draw() {
    if (!this.#target?.wire?.course) return;
    byId("seat").value = this.#next(this.#target);
    this.#hint(RULE);
  }

  #write(text) {
    const written = seatRead(text);
    if (!written) return void this.#hint(text.trim() ? "席は番号で書いてください（例：7、A-3）。お名前は書きません。" : RULE);
    this.#target.seat = written;
    const [asked, next] = [written.lead + written.number, this.#next(this.#target)];
    this.#hint(asked === next ? RULE : `席${asked}は、もう使っています。つぎに空いている席は${next}です。`);
  }

  #hint(words) {
    if (byId("seat-hint").textContent !== words) byId("seat-hint").textContent = words;
  }

  #next(session) {
    const { lead, number } = session.seat ?? FIRST;
    const used = this.#used(session);
    let next = number;
    while (used.has(lead + next)) next += 1;
    return lead + next;
  }

  /** Seats that nobody else should get. One whose device came back, or went out by a slip, is free again. */
  #used(session) {
    const standing = [...new Set(session.taken.values())].filter((row) => STATES[row.state].live);
    const told = session === this.#target ? this.#told : [];
    return new Set([...told, ...standing.flatMap(seatsOf)]);
  }
}
