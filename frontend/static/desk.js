// The scanning desk: whatever way a code comes in, it is kept on this machine, becomes an act of the ledger, and the desk
// says what became of it.

import { openBar, showBar } from "./bar.js";
import { identity, spoken } from "./codes.js";
import { Corrector } from "./correcting.js";
import { keepDesk } from "./install.js";
import { Judge, forget } from "./judge.js";
import { Keeper, clock } from "./keeping.js";
import { deviceOf, lookUp, lookedUp } from "./looking.js";
import { Mover } from "./moving.js";
import { pack } from "./pack.js";
import { ask } from "./post.js";
import { Remaining } from "./remaining.js";
import { Runs, STATES, showBand, showCount } from "./runs.js";
import { titleOf } from "./seat_words.js";
import { Seats } from "./seats.js";
import { sender } from "./sender.js";
import { say, soundIsOn, switchSound } from "./sound.js";
import { learnClock, recallClock, serverNow } from "./store.js";
import { hear } from "./tabs.js";
import { Swapper } from "./swapping.js";
import { Chooser } from "./targets.js";
import { keepTurn, keptTurn, known, newTurn } from "./turns.js";
import { openWaysIn } from "./ways_in.js";

const TWICE = 3_000; // ms within which the same label is the same scan.
const KEPT_NAME = "tsunagu.desk.name";

const byId = (id) => document.getElementById(id);
const root = byId("desk");
const accessories = JSON.parse(root.dataset.accessories);
const fixes = (row) => corrector.fixes(row, keeper.mayTakeBack(row));
const runs = new Runs(fixes);
const rows = new Map(); // op_id → row
const before = keptTurn();
let turn = newTurn(before?.turn);
let asked = false; // whether the page is about to follow what changed
const chosen = (target) => {
  known(target);
  byId("result").replaceChildren();
  refresh();
};
// Who may not lend has no chooser, no seats, nothing to swap and no course to follow.
const seats = byId("seat") && new Seats();
const chooser = byId("chooser") && new Chooser((target) => {
  pack.want(target.pack);
  seats.follow(target);
  chosen(target);
});
const mover = new Mover(chosen);
const swapper = byId("swapping") && new Swapper();
const judge = new Judge(runs, rows, {
  add: (...what) => keeper.add(...what), confirm: (row) => keeper.confirm(row), lookedUp,
  target: () => chooser?.target ?? null, choose: () => chooser.open(), loan: (...of) => chooser.showLoan(...of),
  fix: (row) => fixes(row)[0] ?? null, seat: (row) => seats.read(row.code, row.session),
});
const keeper = new Keeper(runs, rows, deskName, judge);
const corrector = new Corrector(runs, (row, again) => keeper.redo(row, again), accessories);
const remaining = byId("remaining") && new Remaining({ mine: cameBack, clock, course: courseNamed() });

const act = () => document.querySelector("[name=act]:checked").value;
const session = (of = act()) => ({ lend: chooser?.target, move: mover.target })[of] ?? (asks(of) ? null : turn);
/** What an act wants to know before the first scan; nothing when it knows. */
const asks = (of) => (of === "lend" && !chooser.target ? "貸出先" : of === "move" && !mover.target ? "移動先" : "");

function deskName() {
  // Nothing that the ledger could not take: a bad name would hold back everything that carries it.
  const name = byId("desk-name").value.replace(/\p{C}/gu, "").trim();
  return (name || root.dataset.desk).slice(0, 60);
}

function courseNamed() {
  return new URLSearchParams(location.search).get("course") ?? "";
}

let line = Promise.resolve();

/** One code after the other: what is said of one must be on the disk, and the next must know of it. */
function take(code) {
  // Whoever chooses another act while a code waits its turn read it for the one before.
  const doing = act();
  line = line.then(() => taken(code, doing)).catch((error) => {
    console.error(error);
    say("refused");
    showBand("no", "nogo", spoken(code), "受け取れませんでした。もう一度読み取ってください");
  });
}

async function taken(code, doing) {
  if (doing === "see") return lookUp(code, (row) => runs.add({ ...row, time: clock(row.at) }));
  if (asks(doing)) {
    say("refused");
    return showBand("no", "nogo", spoken(code), `${asks(doing)}を選んでから、もう一度読み取ってください`);
  }
  if (doing === "swap" && !swapper.worn) return takeWorn(code);
  if (doing === "swap" && identity(code) === identity(swapper.worn.code)) {
    say("again");
    return showBand("again", "same", swapper.worn.asset_number, "取り替える端末です。かわりに渡す端末を読み取ってください");
  }
  const earlier = session(doing).taken.get(identity(code));
  if (earlier && isAgain(earlier)) return again(code, earlier);
  const more = { swap: () => swapper.read(), lend: () => seats.read(code, session(doing)) }[doing]?.() ?? {};
  const row = await keeper.add(code, doing, session(doing), more);
  if (!row) return;
  if (doing === "swap") swapper.begin();
  if (doing === "return" && chooser?.target) forget(chooser.target.taken, row);
  say("taken");
  const count = row.members ? `${row.size}台` : `${runs.number(row)}台め`;
  showBand("", "done", titleOf(row), `${count}、読み取りました`, fixes(row)[0]);
  refresh();
}

/** The first half of a swap: nothing is done yet, so nothing is kept. */
async function takeWorn(code) {
  const device = await deviceOf(code);
  if (device.why) {
    say("refused");
    return showBand("no", "nogo", spoken(code), device.why);
  }
  say("taken");
  swapper.take(device, code, accessories[device.pool] ?? {});
  showBand("see", "search", device.asset_number, "取り替える端末です");
}

/** A loan takes a device once. Returns and work may come again later in the day; only the same moment is the same. */
function isAgain({ state, act: done, at, left }) {
  if (!STATES[state].live && state !== "noted") return false;
  // What a case went without may follow once it is found or inspected.
  const whole = done === "lend" && !left?.length;
  return whole || state === "waiting" || serverNow() - at < TWICE;
}

function again(code, earlier) {
  say("again");
  const more = STATES[earlier.state].live && !earlier.members ? `${runs.number(earlier)}台めです` : "";
  showBand("again", "same", earlier.shown, ["もう読み取りました", more].filter(Boolean).join("　"));
  if (runs.newest.earlier === earlier) return;
  const at = new Date(serverNow());
  const { shown, call } = earlier;
  runs.add({ shown, call, code, earlier, at, time: clock(at), state: "noted", words: "もう読み取りました", more });
}

/** What came back at this desk: asset number → when the ledger took it (ms), null while it is on its way. */
function cameBack() {
  const back = new Map();
  for (const row of rows.values()) {
    if (row.act !== "return" || !STATES[row.state].live) continue;
    const device = row.device ?? pack.find(row.code)?.device?.asset_number ?? row.shown;
    const all = row.members?.filter((member) => !row.without?.includes(member)) ?? [device];
    for (const asset of all) back.set(asset, row.state === "waiting" ? null : row.judged ?? 0);
  }
  return back;
}

let missed = []; // what happened while the rows from before were read; null when they stand

const last = () => runs.findLast((row) => keeper.mayTakeBack(row));

function heard(news, here) {
  if (missed) return void missed.push([news, here]);
  if (news.kind === "kept" && !here && news.record && !rows.has(news.record.op_id)) {
    runs.add(keeper.rowOf(news.record));
  }
  if (news.kind === "judged") judge.hear(news.records);
  if (news.kind === "undone") judge.undone(news.opId, news.refusal);
  if (news.kind === "seen" && !here) rowSays(news.opId, () => ({ ways: [] }));
  if (news.kind === "picture" && news.said) rowSays(news.act, ({ more }) => ({ more: `${more}　写真：${news.said}` }));
  if (["judged", "undone"].includes(news.kind)) remaining?.soon();
  if (news.kind === "undone") seats?.again();
  refresh();
}

function rowSays(opId, what) {
  const row = rows.get(opId);
  if (row) runs.draw(Object.assign(row, what(row)));
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
  if (chooser) byId("target-pack").textContent = pack.wordsOf(chooser.target?.pack);
  seats?.show(act() === "lend" && !byId("target").hidden);
  mover.show(act() === "move");
  swapper?.show(act() === "swap");
  remaining?.show(act() === "return");
  const loan = act() === "lend" && chooser.target?.loan ? chooser.target : null;
  byId("target-loan").hidden = !loan;
  byId("sign-line").hidden = !loan?.unsigned;
  // What is left of a course says more than what was read.
  const counted = session() && !(act() === "return" && remaining?.course);
  const wanted = act() === "lend" ? chooser.target?.needs ?? null : null;
  showCount(counted ? runs.counted(session()) : { all: 0, sent: 0 }, wanted);
  showBar(last());
  keepTurn({ act: act(), turn, target: chooser?.target ?? null, place: mover.target, course: remaining?.course });
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
  if (before?.place) mover.resume(before.place);
  if (before?.course) remaining?.follow(before.course);
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
    swapper?.begin();
    byId("result").replaceChildren();
    // Whom things were lent to is whom they come back from, until somebody says otherwise.
    if (act() === "return" && !remaining.course) remaining.follow(chooser.target?.wire.course ?? "");
    refresh();
  });
  byId("undo").addEventListener("click", () => last() && keeper.takeBack(last()).then(refresh));
  resume();
  hear(heard);
  try {
    await readClock();
    await keeper.restore();
  } catch (error) {
    // A store that does not open is said at the first scan.
    console.error(error);
  }
  const meanwhile = missed;
  missed = null;
  for (const news of meanwhile) heard(...news);
  openBar(last);
  root.hidden = false;
  root.dataset.ready = "yes";
  refresh();
  openWaysIn(take);
  // The press that takes an act back goes away when its time is over.
  setInterval(refresh, 30_000);
  keepDesk();
  pack.open(packed, chooser && holding);
}

/** How this desk says that it holds a pack: what it names, and the saying. */
function holding({ venue, on, made_at, expires_at }) {
  const held = { desk: deskName(), venue, on, expires_at };
  return { key: JSON.stringify(held), say: () => ask("POST", "/api/desk/packs", { ...held, made_at }) };
}

/** A fresh pack may know the names of what was read before it came. */
function packed() {
  refresh();
  for (const row of rows.values()) if (judge.nameAgain(row)) runs.draw(row);
}

begin();
