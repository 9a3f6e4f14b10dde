// The scanning desk: whatever way a code comes in, it is kept on this machine, becomes an act of the ledger, and the desk
// says what became of it.

import { openBar, showBar } from "./bar.js";
import { identity, spoken } from "./codes.js";
import { keepDesk } from "./install.js";
import { lookUp, lookedUp } from "./looking.js";
import { pack } from "./pack.js";
import { Judge } from "./judge.js";
import { Runs, STATES, showBand, showCount } from "./runs.js";
import { sender } from "./sender.js";
import { say, soundIsOn, switchSound } from "./sound.js";
import { change, keep, learnClock, recallClock, serverNow, shownSince, withdraw } from "./store.js";
import { announce, hear } from "./tabs.js";
import { Chooser } from "./targets.js";
import { keepTurn, keptTurn, known, newTurn, remind, turnOf } from "./turns.js";
import { openWaysIn } from "./ways_in.js";

const TWICE = 3_000; // ms within which the same label is the same scan.
const UNDO_WITHIN = 15 * 60_000; // ms; the ledger holds to the same.
const SHOWN_AGAIN = 12 * 3600_000; // ms; older rows are not shown again after a reload.
const KEPT_NAME = "tsunagu.desk.name";

const byId = (id) => document.getElementById(id);
const root = byId("desk");
const runs = new Runs();
const rows = new Map(); // op_id → row
const before = keptTurn();
let turn = newTurn(before?.turn);
let line = Promise.resolve(); // what was scanned, one after the other
let asked = false; // whether the page is about to follow
const chooser = byId("chooser") && new Chooser((target) => {
  known(target);
  refresh();
});
const judge = new Judge(runs, rows, {
  add, confirm, lookedUp, refresh, target: () => chooser?.target ?? null, choose: () => chooser.open(),
  loan: (number) => chooser.showLoan(number),
});

const act = () => document.querySelector("[name=act]:checked").value;
const session = () => (act() === "lend" ? chooser.target : turn);

function deskName() {
  // Nothing that the ledger could not take: a bad name would hold back everything that carries it.
  const name = byId("desk-name").value.replace(/\p{C}/gu, "").trim();
  return (name || root.dataset.desk).slice(0, 60);
}

/** One code after the other: what is said of one must be on the disk, and the next must know of it. */
function take(code) {
  line = line.then(() => taken(code)).catch(console.error);
}

async function taken(code) {
  if (act() === "see") return lookUp(code, (row) => runs.add({ ...row, time: clock(row.at) }));
  if (act() === "lend" && !chooser.target) {
    say("refused");
    return showBand("no", "nogo", spoken(code), "貸出先を選んでから、もう一度読み取ってください");
  }
  const earlier = session().taken.get(identity(code));
  if (earlier && isAgain(earlier)) return again(code, earlier);
  const row = await add(code, act(), session());
  if (!row) return;
  say("taken");
  showBand("", "done", row.shown, `${runs.number(row)}台め、読み取りました`);
}

/** A loan takes a device once. Returns and work may come again later in the day; only the same moment is the same. */
function isAgain({ state, act: done, at }) {
  if (!STATES[state].live && state !== "noted") return false;
  return done === "lend" || state === "waiting" || serverNow() - at < TWICE;
}

function again(code, earlier) {
  say("again");
  const more = STATES[earlier.state].live ? `${runs.number(earlier)}台めです` : "";
  showBand("again", "same", earlier.shown, ["もう読み取りました", more].filter(Boolean).join("　"));
  if (runs.newest.earlier === earlier) return;
  const at = new Date(serverNow());
  const { shown, call } = earlier;
  runs.add({ shown, call, code, earlier, at, time: clock(at), state: "noted", words: "もう読み取りました", more });
}

/** Keep an act, then show it: a promise of its row, or of null when this machine can keep nothing. more: of the wire. */
async function add(code, what, where, more = {}) {
  const device = pack.find(code)?.device;
  const lending = what === "lend";
  const wire = { ...(lending && { target: where.wire, batch: where.batch, due: where.due }), ...more };
  const record = await kept({
    kind: "scan", act: what, code: code.slice(0, 500), wire, turn: where?.key ?? null,
    shown: device?.asset_number ?? spoken(code), call: device?.call_number ?? null,
  });
  if (!record) return null;
  const row = rowOf(record);
  row.mine = true;
  remind(row);
  runs.add(row);
  announce({ kind: "kept", record });
  sender.work();
  return row;
}

/** The act as this machine keeps it; null, and said so, when it cannot. */
async function kept(content) {
  try {
    return await keep({ ...content, desk: deskName(), ...sender.who });
  } catch (error) {
    console.error(error);
    say("refused");
    const words = "この機械に書きとめられませんでした。番号を紙に控えて、情報担当に連絡してください";
    showBand("no", "nogo", content.shown ?? "取り消し", words);
    return null;
  }
}

function rowOf(record) {
  const { op_id: opId, act: what, code, call, shown, username, when } = record;
  const at = new Date(when);
  const row = { opId, act: what, code, call, shown, username, at, time: clock(at), session: turnOf(record) };
  Object.assign(row, { state: "waiting", words: "読み取りました", more: "未送信" });
  rows.set(opId, row);
  return row;
}

/** After a reload: what this machine read in the last hours, as it stands now. */
async function restore() {
  const records = await shownSince(serverNow() - SHOWN_AGAIN);
  const scans = records.filter((record) => record.kind === "scan");
  const restored = scans.map((record) => {
    const row = rowOf(record);
    judge.recall(row, record);
    remind(row);
    return row;
  });
  for (const { undoes, kind, state } of records) {
    const row = kind === "undo" && state === "waiting" && rows.get(undoes);
    if (row) Object.assign(row, { undoing: true, more: "取り消しを送っています" });
  }
  runs.addOlder(restored);
}

/** A person has seen what the ledger refused or asks about: it need not be shown again. */
async function confirm(row) {
  row.ways = [];
  runs.draw(row);
  await change(new Map([[row.opId, { seen: true }]]));
  announce({ kind: "seen", opId: row.opId });
}

function last() {
  return runs.findLast((row) => STATES[row.state].live && row.username === sender.who.username
    && !row.undoing && !row.undoRefused && serverNow() - row.at < UNDO_WITHIN);
}

async function takeBack(row) {
  Object.assign(row, { undoing: true, more: "取り消しを送っています" });
  runs.draw(row);
  refresh();
  if (await withdraw(row.opId)) return announce({ kind: "undone", opId: row.opId, refusal: null });
  if (await kept({ kind: "undo", undoes: row.opId })) {
    announce({ kind: "kept", record: null });
    return sender.work();
  }
  row.undoing = false;
  refresh();
}

function heard(news, here) {
  if (news.kind === "kept" && !here && news.record && !rows.has(news.record.op_id)) runs.add(rowOf(news.record));
  if (news.kind === "judged") judge.hear(news.records);
  if (news.kind === "undone") judge.undone(news.opId, news.refusal);
  if (news.kind === "seen" && rows.has(news.opId) && !here) {
    rows.get(news.opId).ways = [];
    runs.draw(rows.get(news.opId));
  }
  refresh();
}

/** Many verdicts come at once; the page follows them once. */
function refresh() {
  if (asked || !root.dataset.ready) return;
  asked = true;
  queueMicrotask(() => {
    asked = false;
    draw();
  });
}

function draw() {
  const word = document.querySelector("[name=act]:checked").dataset.word;
  byId("act-title").textContent = `窓口：${word}`;
  byId("desk-where").textContent = deskName();
  byId("desk-who").textContent = sender.who.name;
  byId("pack-age").textContent = pack.words;
  chooser?.show(act() === "lend");
  if (byId("target-loan")) byId("target-loan").hidden = act() !== "lend" || !chooser.target?.loan;
  showCount(session() ? runs.counted(session()) : { all: 0, sent: 0 });
  showBar(last());
  keepTurn({ act: act(), turn, target: chooser?.target ?? null });
}

function clock(at) {
  return at.toLocaleTimeString("ja-JP", { hour: "numeric", minute: "2-digit", timeZone: "Asia/Tokyo" });
}

/** The page carries the server's time between its request and its first byte; one that this machine kept carries none. */
async function readClock() {
  if (!root.dataset.now) return recallClock();
  const [navigation] = performance.getEntriesByType("navigation");
  const { requestStart = 0, responseStart = 0 } = navigation ?? {};
  const middle = performance.timeOrigin + (requestStart + responseStart) / 2;
  await learnClock(Number(root.dataset.now) - middle, (responseStart - requestStart) / 2 + 10);
}

/** What the window was about before it was loaded again, or what the address of a kept page names. */
function resume() {
  const choose = (value) => {
    const radio = document.querySelector(`[name=act][value="${CSS.escape(value)}"]`);
    if (radio) radio.checked = true;
  };
  if (before?.act) choose(before.act);
  if (before?.target) return chooser?.resume(before.target);
  if (root.dataset.now) return;
  const named = new URLSearchParams(location.search);
  if (named.has("act")) choose(named.get("act"));
  for (const kind of ["course", "association", "venue"]) if (named.has(kind)) chooser?.pick(kind, named.get(kind));
}

async function begin() {
  byId("desk-name").value = localStorage.getItem(KEPT_NAME) ?? root.dataset.desk;
  byId("desk-name").addEventListener("change", (event) => {
    localStorage.setItem(KEPT_NAME, event.target.value.trim());
    refresh();
  });
  byId("sound").checked = soundIsOn();
  byId("sound").addEventListener("change", (event) => switchSound(event.target.checked));
  byId("acts").addEventListener("change", () => {
    turn = newTurn();
    byId("result").replaceChildren();
    refresh();
  });
  byId("undo").addEventListener("click", () => last() && takeBack(last()));
  resume();
  try {
    await readClock();
    await restore();
  } catch (error) {
    // A store that does not open is said at the first scan.
    console.error(error);
  }
  hear(heard);
  openBar(last);
  root.hidden = false;
  root.dataset.ready = "yes";
  refresh();
  openWaysIn(take);
  // The press that takes an act back goes away when its time is over.
  setInterval(refresh, 30_000);
  keepDesk();
  pack.open(() => chooser?.target?.wire.venue ?? null, refresh);
}

begin();
