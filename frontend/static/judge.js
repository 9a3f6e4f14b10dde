// What the ledger said of an act becomes what its row says, and the presses that end it.

import { identity } from "./codes.js";
import { STATES, showBand } from "./runs.js";
import { say } from "./sound.js";
import { judged, waysOut, whoHas } from "./verdicts.js";

const CALM = "もう読み取りました";

export class Judge {
  #runs;
  #rows;
  #desk;

  /** desk: {add(code, act, turn), confirm(row), lookedUp(code), refresh(), target(), choose(), loan(number)}. */
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
      if (row.mine) this.#verdict(row, record.result);
      else this.recall(row, record);
      this.#runs.draw(row);
    }
  }

  /** What a kept act has become, without a sound: it was heard when it happened. */
  recall(row, { state, result, seen, undoRefused }) {
    this.#name(row, result);
    if (state === "undone") Object.assign(row, { state, words: "取り消しました", more: "" });
    else if (result) {
      Object.assign(row, judged(row.act, result), { ways: [] });
      if (!seen) this.#offer(row, result);
    }
    if (undoRefused) Object.assign(row, { more: undoRefused, undoRefused: true });
  }

  #name(row, result) {
    if (!result?.device) return;
    row.device = row.shown = result.device;
    row.call = result.call_number ?? row.call;
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
    Object.assign(row, judged(row.act, result));
    this.#offer(row, result);
    if (row.state === "refused" || row.state === "conflict") {
      say("refused");
      showBand("no", STATES[row.state].mark, row.shown, row.state === "conflict" ? `要確認　${row.more}` : row.words);
      if (result.code === "already-lent" && result.outcome !== "conflict" && result.device) this.#tellWho(row);
      return;
    }
    if (result.loan && row.act === "lend" && row.session === target) this.#desk.loan(result.loan);
    // What came back may go out again on the same loan.
    if (row.act === "return" && target) forgetDevice(target.taken, result.device);
    if (this.#runs.newest !== row) return;
    const count = STATES[row.state].live ? `${this.#runs.number(row)}台め、` : "";
    const words = row.session ? `${count}${row.words}` : row.words;
    const kind = row.state === "noted" ? "again" : "";
    showBand(kind, STATES[row.state].mark, row.shown, [words, row.more].filter(Boolean).join("　"));
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
    const lent = await this.#desk.add(row.code, "lend", row.session);
    if (lent) showBand("", "done", row.shown, `${this.#runs.number(lent)}台め、読み取りました`);
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
      Object.assign(row, { more: refusal, undoRefused: true });
      say("refused");
      showBand("no", "nogo", row.shown, refusal);
    } else {
      Object.assign(row, { state: "undone", words: "取り消しました", more: "", ways: [] });
      showBand("again", "undo", row.shown, "取り消しました");
    }
    this.#runs.draw(row);
  }
}

function forgetDevice(taken, device) {
  for (const [key, one] of taken) if (one.shown === device) taken.delete(key);
}
