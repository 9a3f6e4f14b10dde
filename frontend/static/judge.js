// What the ledger said of an act becomes what its row says, and the presses that end it.

import { identity } from "./codes.js";
import { STATES, showBand } from "./runs.js";
import { say } from "./sound.js";
import { pack } from "./pack.js";
import { titleOf } from "./seat_words.js";
import { DONE, judged, leftOut, waysOut, whoHas } from "./verdicts.js";

const CALM = "もう読み取りました";

export class Judge {
  #runs;
  #rows;
  #desk;

  /**
   * desk: {add(code, act, turn, more), seat(row) → more, confirm(row), lookedUp(code), target(), choose(),
   * loan(number, agreement), fix(row)}.
   */
  constructor(runs, rows, desk) {
    this.#runs = runs;
    this.#rows = rows;
    this.#desk = desk;
  }

  /** Verdicts that just came, for this tab's acts or another's: [record]. */
  hear(records) {
    for (const record of records) {
      const row = this.#rows.get(record.op_id);
      if (!row) continue;
      // What was written anew is not told of any more; its successor is.
      if (row.replaced) this.#name(row, record.result);
      else if (row.mine) this.#verdict(row, record.result);
      else this.recall(row, record);
      this.#runs.draw(row);
    }
  }

  /** What a kept act has become, without a sound: it was heard when it happened. */
  recall(row, { state, result, seen, undoRefused, replaced }) {
    this.#name(row, result);
    if (replaced && !undoRefused) Object.assign(row, { state: "undone", words: "書き直しました", more: "", replaced });
    else if (state === "undone") Object.assign(row, { state, words: "取り消しました", more: "" });
    else if (result) {
      this.#become(row, result);
      if (!seen) this.#offer(row, result);
    }
    if (undoRefused) Object.assign(row, { more: undoRefused, undoRefused: true });
  }

  #name(row, result) {
    if (!result) return;
    row.loan = result.loan ?? row.loan;
    if (result.case) this.#nameCase(row, result);
    if (!result.device) return;
    row.device = row.shown = result.device;
    row.call = result.call_number ?? row.call;
  }

  #nameCase(row, result) {
    const { name, devices } = pack.find(result.case)?.case ?? {};
    row.case = result.case;
    row.shown = name ?? result.case;
    const left = result.left_out.map(({ device }) => device);
    row.members = devices ?? [...result.devices, ...left].sort();
    row.size = result.devices.length;
    const call = (device) => pack.find(device)?.device?.call_number ?? null;
    row.left = leftOut(result).map((one) => ({ ...one, call: call(one.device) }));
  }

  /** Whether a pack that came later calls a row's case by its name. */
  nameAgain(row) {
    const name = row.case && pack.find(row.case)?.case?.name;
    if (!name || name === row.shown) return false;
    row.shown = name;
    return true;
  }

  /** The words of a verdict, and before them what this desk said of the act itself. */
  #become(row, result) {
    const { state, words, more } = judged(row.act, result);
    Object.assign(row, { state, words, more: [row.aside, more].filter(Boolean).join("　"), ways: [], judged: Date.now() });
  }

  #offer(row, result) {
    if (row.state !== "refused" && row.state !== "conflict") return;
    const desk = { lend: this.#lendAfter.bind(this), giveBack: this.#giveBack.bind(this), choose: this.#desk.choose };
    const seen = { text: "確かめました", press: () => this.#desk.confirm(row) };
    row.ways = [...waysOut(row, result, desk), seen].filter(Boolean);
  }

  #verdict(row, result) {
    const { taken } = row.session ?? { taken: new Map() };
    const target = this.#desk.target();
    this.#name(row, result);
    if (result.device) {
      const twin = taken.get(identity(result.device));
      if (result.code === "already-lent" && twin && twin !== row && STATES[twin.state].live) {
        // Another spelling of what this loan has already: its serial after its label, say.
        Object.assign(row, { state: "noted", words: CALM, more: `${this.#runs.number(twin)}台めです` });
        this.#desk.confirm(row);
        return showBand("again", "same", row.shown, CALM);
      }
      if (!result.code) taken.set(identity(result.device), row);
    }
    if (result.case && !result.code) taken.set(identity(result.case), row);
    this.#become(row, result);
    this.#offer(row, result);
    if (row.state === "refused" || row.state === "conflict") {
      say("refused");
      showBand("no", STATES[row.state].mark, row.shown, row.state === "conflict" ? `要確認　${row.more}` : row.words);
      if (result.code === "already-lent" && row.state === "refused" && result.device) this.#tellWho(row);
      return;
    }
    if (result.loan && row.act === "lend" && row.session === target) this.#desk.loan(result.loan, result.agreement);
    // What came back may go out again on the same loan.
    if (row.act === "return" && target) forget(target.taken, row);
    if (this.#runs.newest !== row) return;
    const count = STATES[row.state].live && !row.members ? `${this.#runs.number(row)}台め、` : "";
    const words = row.session ? `${count}${row.words}` : row.words;
    const kind = row.state === "noted" ? "again" : "";
    showBand(kind, STATES[row.state].mark, titleOf(row), [words, row.more].filter(Boolean).join("　"), this.#desk.fix(row));
  }

  async #tellWho(row) {
    const who = whoHas((await this.#desk.lookedUp(row.device)) ?? {});
    if (!who || !row.ways.length) return;
    Object.assign(row, { words: who.words, call: who.call });
    row.ways = [{ text: who.text, href: who.href }, row.ways[0], row.ways.at(-1)];
    this.#runs.draw(row);
  }

  /** The work is written down first and the device goes out after it: acts of their own, in this order. */
  async #lendAfter(row, work) {
    this.#desk.confirm(row);
    for (const reason of work) await this.#desk.add(row.code, reason, null);
    const lent = await this.#desk.add(row.code, "lend", row.session, this.#desk.seat(row));
    if (lent) showBand("", "done", titleOf(lent), `${this.#runs.number(lent)}台め、読み取りました`);
  }

  #giveBack(row) {
    this.#desk.confirm(row);
    this.#desk.add(row.code, "return", null);
  }

  /** An act was taken back, or the ledger said why it cannot be. */
  undone(opId, refusal) {
    const row = this.#rows.get(opId);
    if (!row) return;
    row.undoing = false;
    if (refusal) {
      const words = row.replaced ? `書き直せませんでした。${refusal}` : refusal;
      if (row.replaced) Object.assign(row, { state: row.stood ?? row.state, words: DONE[row.act], replaced: false });
      Object.assign(row, { more: words, undoRefused: true });
      say("refused");
      showBand("no", "nogo", row.shown, words);
    } else if (!row.replaced) {
      Object.assign(row, { state: "undone", words: "取り消しました", more: "", ways: [] });
      showBand("again", "undo", row.shown, "取り消しました");
    }
    this.#runs.draw(row);
  }
}

/** What came back is no longer what a loan has taken: it may go out again. */
export function forget(taken, { shown, code }) {
  // A pack that came in between calls the same label by another name.
  const same = (one) => one.shown === shown || identity(one.code) === identity(code);
  for (const [key, one] of taken) if (same(one)) taken.delete(key);
}
