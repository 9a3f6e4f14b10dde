// Acts as this machine keeps them, and the rows that show them: nothing is shown before it is on the disk.

import { spoken } from "./codes.js";
import { pack } from "./pack.js";
import { STATES, showBand } from "./runs.js";
import { sender } from "./sender.js";
import { say } from "./sound.js";
import { change, keep, replace, serverNow, shownSince, withdraw } from "./store.js";
import { announce } from "./tabs.js";
import { remind, turnOf } from "./turns.js";

const UNDO_WITHIN = 15 * 60_000; // ms; the ledger holds to the same.
const AT_ONCE = 250; // rows restored in one turn of the page
const SHOWN_AGAIN = 12 * 3600_000; // ms; older rows are not shown again after a reload.

export class Keeper {
  #runs;
  #rows;
  #desk;
  #judge;

  /** rows: op_id → row. desk(): its name. judge.recall(row, record) says what a kept act has become. */
  constructor(runs, rows, desk, judge) {
    this.#runs = runs;
    this.#rows = rows;
    this.#desk = desk;
    this.#judge = judge;
  }

  /**
   * Keep an act, then show it: a promise of its row, or of null when this machine can keep nothing. wire: further fields of
   * the item; aside: words of this desk's own for the row; pictures: of damage.
   */
  async add(code, act, where, { wire = {}, aside = "", pictures = [] } = {}) {
    const { device, case: one } = pack.find(code) ?? {};
    const target = where?.wire && { target: where.wire, batch: where.batch, due: where.due };
    const content = {
      kind: "scan", act, code: code.slice(0, 500), wire: { ...target, ...wire }, turn: where?.key ?? null, aside,
      shown: device?.asset_number ?? one?.name ?? spoken(code), call: device?.call_number ?? null,
      members: one?.devices ?? null,
    };
    const record = await this.#kept(content, (whole) => keep(whole, pictures));
    return record && this.#show(record);
  }

  /** The act of a row again, otherwise: in its place, so that both happen or neither does. */
  async redo(row, { wire, aside, pictures }) {
    const same = { ...row.wire };
    for (const told of ["condition", "without"]) delete same[told];
    const content = {
      kind: "scan", act: row.act, code: row.code, wire: { ...same, ...wire }, turn: row.session?.key ?? null, aside,
      shown: row.shown, call: row.call, members: row.members ?? null,
    };
    const done = await this.#kept(content, (whole, who) => replace(row.opId, who, whole, pictures));
    if (!done) return null;
    if (done.record === null) return void showBand("again", "undo", row.shown, "もう取り消してあります");
    Object.assign(row, { stood: row.state, state: "undone", words: "書き直しました", more: "", ways: [], replaced: true });
    this.#runs.draw(row);
    if (done.withdrawn) announce({ kind: "undone", opId: row.opId, refusal: null });
    return this.#show(done.record);
  }

  /** Take a row's act back: out of the store when it never went out, by an act of its own otherwise. */
  async takeBack(row) {
    row.undoing = true;
    this.#runs.draw(row);
    const undoing = { kind: "undo", undoes: row.opId };
    const kept = await this.#kept(undoing, async (whole) => (await withdraw(row.opId)) ?? keep(whole));
    row.undoing = kept !== null;
    if (kept?.op_id === row.opId) return announce({ kind: "undone", opId: row.opId, refusal: null });
    if (kept) row.more = "取り消しを送っています";
    this.#runs.draw(row);
    if (!kept) return null;
    announce({ kind: "kept", record: null });
    return sender.work();
  }

  /** Whether a row's act may still be taken back, by whoever is signed in now. */
  mayTakeBack(row) {
    return STATES[row.state].live && row.username === sender.who.username && !row.undoing && !row.undoRefused
      && serverNow() - row.at < UNDO_WITHIN;
  }

  rowOf(record) {
    const { op_id: opId, act, code, call, shown, username, when, wire, aside, members } = record;
    const at = new Date(when);
    const row = { opId, act, code, call, shown, username, at, time: clock(at), session: turnOf(record), wire, aside };
    const without = wire?.without ?? [];
    Object.assign(row, { state: "waiting", words: "読み取りました", more: [aside, "未送信"].filter(Boolean).join("　") });
    if (members) Object.assign(row, { members, without, size: members.length - without.length });
    this.#rows.set(opId, row);
    return row;
  }

  /** After a reload: what this machine read in the last hours, as it stands now. */
  async restore() {
    const records = await shownSince(serverNow() - SHOWN_AGAIN);
    const scans = records.filter((record) => record.kind === "scan");
    const restored = [];
    for (const record of scans) {
      const row = this.rowOf(record);
      this.#judge.recall(row, record);
      remind(row);
      restored.push(row);
      // A long list leaves the page its turn in between.
      if (restored.length % AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    for (const { undoes, kind, state } of records) {
      const row = kind === "undo" && state === "waiting" && this.#rows.get(undoes);
      if (row && !row.replaced) Object.assign(row, { undoing: true, more: "取り消しを送っています" });
    }
    this.#runs.addOlder(restored);
  }

  /** A person has seen what the ledger refused or asks about: it need not be shown again. */
  async confirm(row) {
    row.ways = [];
    this.#runs.draw(row);
    await change(new Map([[row.opId, { seen: true }]]));
    announce({ kind: "seen", opId: row.opId });
  }

  #show(record) {
    const row = this.rowOf(record);
    row.mine = true;
    remind(row);
    this.#runs.add(row);
    announce({ kind: "kept", record });
    sender.work();
    return row;
  }

  /** What keep(content, who) gives; null, and said so, when this machine cannot write it down. */
  async #kept(content, keeping) {
    const who = { desk: this.#desk(), ...sender.who };
    try {
      return await keeping({ ...content, ...who }, who);
    } catch (error) {
      console.error(error);
      say("refused");
      const words = "この機械に書きとめられませんでした。番号を紙に控えて、情報担当に連絡してください";
      showBand("no", "nogo", content.shown ?? "取り消し", words);
      return null;
    }
  }
}

// Made once: to make one for each of two thousand rows leaves the page deaf for half a second.
const TIME = new Intl.DateTimeFormat("ja-JP", { hour: "numeric", minute: "2-digit", timeZone: "Asia/Tokyo" });

export function clock(at) {
  return TIME.format(at);
}
