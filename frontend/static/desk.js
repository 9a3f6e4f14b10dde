// The scanning desk: whatever way a code comes in, it becomes an act of the ledger, and the desk says what became of it.

import { Sender } from "./acts.js";
import { identity, spoken } from "./codes.js";
import { Runs, STATES, make, showBand, showCount } from "./runs.js";
import { say, soundIsOn, switchSound } from "./sound.js";
import { Chooser } from "./targets.js";
import { found, judged, waysOut, whoHas } from "./verdicts.js";
import { openWaysIn } from "./ways_in.js";

const TWICE = 3_000; // ms within which the same label is the same scan.
const UNDO_WITHIN = 15 * 60_000; // ms; the ledger holds to the same.
const KEPT_NAME = "tsunagu.desk.name";

const byId = (id) => document.getElementById(id);
const root = byId("desk");
const runs = new Runs();
const rows = new Map(); // op_id → row
// An act without a target begins anew each time it is chosen: {act, taken} where taken is identity → row.
let turn = { taken: new Map() };
const chooser = byId("chooser") && new Chooser(() => refresh());

// The page carries the server's time of the moment its first byte left.
const arrived = performance.timeOrigin + (performance.getEntriesByType("navigation")[0]?.responseStart ?? 0);
const sender = new Sender(
  { desk: deskName, verdict, undone, changed: refresh },
  Number(root.dataset.now) - arrived,
);

const act = () => document.querySelector("[name=act]:checked").value;
const session = () => (act() === "lend" ? chooser.target : turn);

function deskName() {
  return byId("desk-name").value.trim() || root.dataset.desk;
}

function take(code) {
  if (act() === "see") return void lookUp(code);
  if (act() === "lend" && !chooser.target) {
    say("refused");
    return showBand("no", "nogo", spoken(code), "貸出先を選んでから、もう一度読み取ってください");
  }
  const earlier = session().taken.get(identity(code));
  if (earlier && isAgain(earlier)) return void again(code, earlier);
  say("taken");
  const row = add(code, act(), session());
  showBand("", "done", row.shown, `${runs.number(row)}台め、読み取りました`);
}

/** A loan takes a device once. Returns and work may come again later in the day; only the same moment is the same. */
function isAgain({ state, act: done, at }) {
  if (!STATES[state].live && state !== "noted") return false;
  return done === "lend" || state === "waiting" || Date.now() - at < TWICE;
}

function again(code, earlier) {
  say("again");
  const more = STATES[earlier.state].live ? `${runs.number(earlier)}台めです` : "";
  showBand("again", "same", earlier.shown, joined("もう読み取りました", more));
  const [newest] = runs.newestFirst;
  if (newest.earlier === earlier) return;
  const at = new Date();
  const { shown, call } = earlier;
  runs.add({ shown, call, code, earlier, at, time: clock(at), state: "noted", words: "もう読み取りました", more });
}

function add(code, what, where) {
  const at = new Date();
  const row = {
    code, act: what, session: where, at, time: clock(at), shown: spoken(code),
    state: "waiting", words: "読み取りました", more: "未送信",
  };
  const lending = what === "lend";
  row.opId = sender.scan({
    act: what,
    code: code.slice(0, 500),
    ...(lending && { target: where.wire, batch: where.batch, due: where.due }),
  });
  rows.set(row.opId, row);
  where?.taken.set(identity(code), row);
  runs.add(row);
  refresh();
  return row;
}

function verdict(opId, result) {
  const row = rows.get(opId);
  const { taken } = row.session ?? { taken: new Map() };
  const number = runs.number(row);
  if (result.device) {
    const twin = taken.get(identity(result.device));
    row.shown = result.device;
    row.call = result.call_number;
    if (result.code === "already-lent" && twin && twin !== row && STATES[twin.state].live) {
      // Another spelling of what this loan has already: its serial after its label, say.
      Object.assign(row, { state: "noted", words: "もう読み取りました", more: `${runs.number(twin)}台めです` });
      showBand("again", "same", row.shown, "もう読み取りました");
      return runs.draw(row);
    }
    if (!result.code) taken.set(identity(result.device), row);
  }
  Object.assign(row, judged(row.act, result));
  if (row.state === "refused") {
    row.ways = waysOut(row, result, { lend: lendAfter, giveBack, choose: () => chooser.open() }).filter(Boolean);
    say("refused");
    showBand("no", "nogo", row.shown, row.words);
    if (result.code === "already-lent" && result.device) tellWho(row, result.device);
  } else {
    if (result.loan && row.act === "lend" && row.session === chooser.target) chooser.showLoan(result.loan);
    // What came back may go out again on the same loan.
    if (row.act === "return" && chooser?.target) forgetDevice(chooser.target.taken, result.device);
    const count = STATES[row.state].live ? `${number}台め、` : "";
    const words = row.session ? `${count}${row.words}` : row.words;
    const kind = row.state === "noted" ? "again" : "";
    if (runs.newestFirst[0] === row) showBand(kind, STATES[row.state].mark, row.shown, joined(words, row.more));
  }
  runs.draw(row);
  refresh();
}

function forgetDevice(taken, device) {
  for (const [key, one] of taken) if (one.shown === device) taken.delete(key);
}

async function tellWho(row, device) {
  const who = whoHas((await lookedUp(device)) ?? {});
  if (!who) return;
  Object.assign(row, { words: who.words, call: who.call });
  row.ways = [{ text: who.text, href: who.href }, row.ways[0]];
  runs.draw(row);
}

/** The work is written down first and the device goes out after it: acts of their own, in this order. */
function lendAfter(row, work) {
  settle(row);
  for (const reason of work) add(row.code, reason, null);
  const lent = add(row.code, "lend", row.session);
  showBand("", "done", row.shown, `${runs.number(lent)}台め、読み取りました`);
}

function giveBack(row) {
  settle(row);
  add(row.code, "return", null);
}

function settle(row) {
  row.ways = [];
  runs.draw(row);
}

async function lookedUp(code) {
  try {
    const answer = await fetch(`/api/lookup?${new URLSearchParams({ code: code.slice(0, 500) })}`);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

async function lookUp(code) {
  say("taken");
  const answer = await lookedUp(code);
  const card = answer && found(answer);
  if (!card) {
    say("refused");
    const nowhere = "台帳に届きません。電波のあるところで、もう一度読み取ってください";
    return showBand("no", "nogo", spoken(code), answer ? "この番号は台帳にありません" : nowhere);
  }
  const at = new Date();
  const link = { href: card.href, text: "画面を開く" };
  const { title, call, words } = card;
  showBand("see", card.sign, call ? `${title}（${call}番）` : title, words, link);
  runs.add({ code, shown: title, call, at, time: clock(at), state: "seen", words, ways: [link] });
}

function last() {
  const recent = (row) => STATES[row.state].live && !row.undoing && !row.undoRefused && Date.now() - row.at < UNDO_WITHIN;
  return runs.newestFirst.find(recent);
}

function undone(opId, refusal) {
  const row = rows.get(opId);
  row.undoing = false;
  if (refusal) {
    Object.assign(row, { more: refusal, undoRefused: true });
    say("refused");
    showBand("no", "nogo", row.shown, refusal);
  } else {
    Object.assign(row, { state: "undone", words: "取り消しました", more: "" });
    showBand("again", "undo", row.shown, "取り消しました");
  }
  runs.draw(row);
  refresh();
}

function refresh() {
  if (!root.dataset.ready) return;
  const word = document.querySelector("[name=act]:checked").dataset.word;
  byId("act-title").textContent = `窓口：${word}`;
  byId("desk-where").textContent = deskName();
  chooser?.show(act() === "lend");
  if (byId("target-loan")) byId("target-loan").hidden = act() !== "lend" || !chooser.target?.loan;
  showCount(session() ? runs.counted(session()) : { all: 0, sent: 0 });
  const { unsent, trouble } = sender;
  byId("bar").classList.toggle("calm", unsent === 0);
  byId("bar-words").replaceChildren(...(unsent ? [make("b", {}, `未送信 ${unsent}件`)] : []));
  byId("bar-trouble").textContent = trouble && unsent ? trouble.message : "";
  byId("sign-in").hidden = trouble?.kind !== "sign-in";
  byId("send-again").hidden = !trouble || !unsent;
  const row = last();
  byId("undo").hidden = !row;
  byId("undo-what").textContent = row ? `${row.shown} を` : "";
  byId("bar").hidden = !row && !unsent;
}

function joined(...words) {
  return words.filter(Boolean).join("　");
}

function clock(at) {
  const format = { hour: "numeric", minute: "2-digit", timeZone: "Asia/Tokyo" };
  return new Date(at.getTime() + sender.offset).toLocaleTimeString("ja-JP", format);
}

function begin() {
  byId("desk-name").value = localStorage.getItem(KEPT_NAME) ?? root.dataset.desk;
  byId("desk-name").addEventListener("change", (event) => {
    localStorage.setItem(KEPT_NAME, event.target.value.trim());
    refresh();
  });
  byId("sound").checked = soundIsOn();
  byId("sound").addEventListener("change", (event) => switchSound(event.target.checked));
  byId("acts").addEventListener("change", () => {
    turn = { taken: new Map() };
    byId("result").replaceChildren();
    refresh();
  });
  byId("undo").addEventListener("click", () => {
    const row = last();
    if (!row) return;
    Object.assign(row, { undoing: true, more: "取り消しを送っています" });
    runs.draw(row);
    sender.undo(row.opId);
    refresh();
  });
  byId("send-again").addEventListener("click", () => sender.again());
  addEventListener("beforeunload", (event) => sender.unsent && event.preventDefault());
  root.hidden = false;
  root.dataset.ready = "yes";
  refresh();
  openWaysIn(take);
}

begin();
