// What this machine keeps until the ledger has it, and for some days after. Every write is on the disk before its promise
// is kept: durability "strict" makes the browser wait for it (Indexed Database API 3.0, 2.7.1).
//
// acts    op_id → {op_id, kind: scan|undo, seq, when, occurred_at, clock_offset_ms, desk, username, name, state, tried,
//         act, code, wire, shown, result, seen, replaced, after}; state: waiting applied repeated refused conflict undone
// pictures  op_id → {op_id, act, username, name, blob, when, state, said}; act: op_id of the act it belongs to; state: waiting
//         refused
// memory  clock (see clock.js), pack, operator, lease, persisted

import { UNSET, learned, stamped } from "./clock.js";
import { newOpId } from "./op_id.js";

const NAME = "tsunagu-desk";
const STORES = ["acts", "pictures", "memory"];
const ASKING = new Set(["refused", "conflict"]); // A person must see these first.
const KEPT_FOR = 14 * 24 * 3600_000; // ms; what is settled and older than this goes.
const RUN_AHEAD = 60_000; // ms; less than this is the noise of networks.
let opened = null;
let offset = 0; // server minus machine, ms, as last heard of

/** The server's time, ms, as well as this machine knows it. */
export const serverNow = () => Date.now() + offset;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      const acts = asked.result.createObjectStore("acts", { keyPath: "op_id" });
      acts.createIndex("state", ["state", "when"]);
      acts.createIndex("owner", ["state", "username", "when"]);
      acts.createIndex("when", "when");
      asked.result.createObjectStore("pictures", { keyPath: "op_id" }).createIndex("state", "state");
      asked.result.createObjectStore("memory");
    };
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
      const database = asked.result;
      database.onclose = () => (opened = null);
      database.onversionchange = () => {
        opened = null;
        database.close();
      };
      resolve(database);
    };
  }).catch((error) => {
    opened = null;
    throw error;
  });
  return opened;
}

function answer(asked) {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

/** work({acts, pictures, memory}) in one transaction; kept when everything in it is on the disk. */
async function transact(mode, work) {
  const transaction = (await open()).transaction(STORES, mode, { durability: "strict" });
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error ?? new Error("the transaction was aborted"));
  });
  done.catch(() => {});
  const [acts, pictures, memory] = STORES.map((name) => transaction.objectStore(name));
  let found;
  try {
    found = await work({ acts, pictures, memory });
  } catch (error) {
    if (transaction.error === null) transaction.abort();
    throw error;
  }
  await done;
  return found;
}

const all = (state, ...more) => IDBKeyRange.bound([state, ...more], [state, ...more, []]);

/** Keep an act: {kind, desk, username, name, …}; gives the record with its op_id, seq and times. */
export async function keep(content, pictures = []) {
  const record = await transact("readwrite", (stores) => added(stores, content, pictures));
  askToStay();
  return record;
}

/**
 * Keep an act in another one's place, both or neither: what was never sent is taken out, what may have reached the ledger
 * is undone by an act of its own, which goes first and carries what undoing says. {record, withdrawn}; record is null when the
 * other is undone already.
 */
export async function replace(opId, undoing, content, pictures = []) {
  const done = await transact("readwrite", async (stores) => {
    const old = await answer(stores.acts.get(opId));
    if (!old || old.state === "undone" || old.replaced) return { record: null, withdrawn: false };
    const unsent = old.state === "waiting" && !old.tried;
    stores.acts.put({ ...old, replaced: true, ...(unsent && { state: "undone" }) });
    const undo = unsent ? null : await added(stores, { ...undoing, kind: "undo", undoes: opId }, []);
    return { record: await added(stores, { ...content, after: undo?.op_id }, pictures), withdrawn: unsent };
  });
  askToStay();
  return done;
}

async function added({ acts, pictures: albums, memory }, content, pictures) {
  const [stamp, clock] = stamped((await answer(memory.get("clock"))) ?? UNSET, Date.now());
  const kept = {
    ...content,
    op_id: newOpId(stamp.occurredAt),
    seq: stamp.seq,
    when: stamp.when,
    occurred_at: new Date(stamp.occurredAt).toISOString(),
    clock_offset_ms: stamp.offset,
    state: "waiting",
    tried: false,
  };
  offset = stamp.offset ?? 0;
  memory.put(clock, "clock");
  acts.add(kept);
  const { op_id: act, username, name, when } = kept;
  for (const blob of pictures) albums.add({ op_id: newOpId(), act, username, name, blob, when, state: "waiting" });
  return kept;
}

/** Once in the life of a machine the browser is asked not to throw the store away when the disk is full. */
async function askToStay() {
  if (!navigator.storage?.persist || (await remembered("persisted")) !== undefined) return;
  await remember("persisted", await navigator.storage.persist());
}

/** What waits, oldest first, of one person. */
export function waitingOf(username, limit) {
  return transact("readonly", ({ acts }) => answer(acts.index("owner").getAll(all("waiting", username), limit)));
}

/**
 * {unsent, mine, oldest (when, null when nothing waits), others: [name], pictures, foreign (pictures of others)} for the person
 * who is signed in.
 */
export function summary(username) {
  return transact("readonly", async ({ acts, pictures: albums }) => {
    const [states, owners] = [acts.index("state"), acts.index("owner")];
    const unsent = await answer(states.count(all("waiting")));
    const mine = await answer(owners.count(all("waiting", username)));
    const [first] = unsent ? await answer(states.getAll(all("waiting"), 1)) : [];
    const others = new Set();
    let at = unsent > mine ? await answer(owners.openCursor(all("waiting"))) : null;
    while (at) {
      const { username: owner, name } = at.value;
      if (owner !== username) others.add(name || owner);
      at.continue(["waiting", owner, []]);
      at = await answer(at.request);
    }
    const waiting = await answer(albums.index("state").getAll("waiting"));
    const foreign = waiting.filter((picture) => (picture.username ?? username) !== username);
    for (const { username: owner, name } of foreign) others.add(name || owner);
    const [oldest, pictures] = [first?.when ?? null, waiting.length];
    return { unsent, mine, oldest, others: [...others], pictures, foreign: foreign.length };
  });
}

/** Everything a desk shows after a reload, oldest first: since this time, and whatever still asks for a person. */
export function shownSince(when) {
  return transact("readonly", async ({ acts }) => {
    const [recent, ...older] = await Promise.all([
      answer(acts.index("when").getAll(IDBKeyRange.lowerBound(when))),
      ...["waiting", "refused", "conflict"].map((state) =>
        answer(acts.index("state").getAll(IDBKeyRange.bound([state], [state, when], false, true))),
      ),
    ]);
    const asking = older.flat().filter((one) => one.state === "waiting" || !one.seen);
    return [...asking.sort((one, other) => one.when - other.when), ...recent];
  });
}

/** Change records: changes is op_id → what is new. Gives the records as they stand then; unknown ones are left out. */
export function change(changes) {
  return transact("readwrite", async ({ acts }) => {
    const records = await Promise.all([...changes.keys()].map((opId) => answer(acts.get(opId))));
    return records.filter(Boolean).map((record) => {
      const changed = { ...record, ...changes.get(record.op_id) };
      acts.put(changed);
      return changed;
    });
  });
}

/** Before a part goes out: those of these acts that still wait, marked as possibly known to the ledger. */
export function outgoing(opIds) {
  return transact("readwrite", async ({ acts }) => {
    const records = await Promise.all(opIds.map((opId) => answer(acts.get(opId))));
    const going = records.filter((record) => record?.state === "waiting");
    for (const record of going) if (!record.tried) acts.put({ ...record, tried: true });
    return going;
  });
}

/** Take an act out before it went anywhere; null when it may have reached the ledger. */
export function withdraw(opId) {
  return transact("readwrite", async ({ acts }) => {
    const record = await answer(acts.get(opId));
    if (record?.state !== "waiting" || record.tried) return null;
    const undone = { ...record, state: "undone" };
    acts.put(undone);
    return undone;
  });
}

/** Undoing acts that wait and whose act came to nothing: there is nothing to take back any more. */
export function dropUndoing(opIds) {
  return transact("readwrite", async ({ acts }) => {
    const waiting = await answer(acts.index("state").getAll(all("waiting")));
    for (const record of waiting) if (opIds.has(record.undoes)) acts.put({ ...record, state: "undone" });
  });
}

/** An act that was to take another's place, which could not be undone: it must not be done besides. Gives their op_ids. */
export function dropAfter(undo) {
  return transact("readwrite", async ({ acts }) => {
    const waiting = await answer(acts.index("state").getAll(all("waiting")));
    const dropped = waiting.filter(({ after }) => after === undo);
    for (const record of dropped) acts.put({ ...record, state: "undone" });
    return dropped.map((record) => record.op_id);
  });
}

/** Pictures whose acts are judged: [{op_id, blob, act, device, username}]. Those of an act that was taken back go. */
export function picturesToSend() {
  return transact("readwrite", async ({ acts, pictures: albums }) => {
    const ready = [];
    for (const picture of await answer(albums.index("state").getAll("waiting"))) {
      const act = await answer(acts.get(picture.act));
      // What a swap tells is told of the unit that comes back.
      const device = act?.act === "swap" ? act.wire.target.device : act?.result?.device;
      if (!act || act.state === "undone") albums.delete(picture.op_id);
      else if (act.result && device) ready.push({ username: act.username, ...picture, device });
      // Of what it shows the ledger knows nothing, so there is nothing to send it to.
      else if (act.result) albums.put({ ...picture, state: "refused", said: act.result.detail ?? "" });
    }
    return ready;
  });
}

/** A picture that arrived goes; one that the ledger refused stays with its sentence. */
export function settlePicture(opId, said) {
  return transact("readwrite", async ({ pictures: albums }) => {
    const picture = await answer(albums.get(opId));
    if (picture && said) albums.put({ ...picture, state: "refused", said });
    else albums.delete(opId);
  });
}

/** Hand everything that waits over to the person who is signed in now. */
export function takeOver(username, name) {
  return transact("readwrite", async ({ acts, pictures: albums }) => {
    const waiting = await answer(acts.index("state").getAll(all("waiting")));
    for (const record of waiting) if (record.username !== username) acts.put({ ...record, username, name });
    for (const picture of await answer(albums.index("state").getAll("waiting"))) albums.put({ ...picture, username, name });
  });
}

/** The server's clock, as far as it can be known; see clock.js. */
export function learnClock(told, within) {
  return transact("readwrite", async ({ acts, memory }) => {
    const clock = (await answer(memory.get("clock"))) ?? UNSET;
    let better = learned(clock, told, within);
    const now = Date.now() + better.offset;
    if (better.last > now + RUN_AHEAD) {
      // The clock once ran far ahead. What it stamped is judged by now, so nothing has to be put behind it any more.
      const ahead = await answer(acts.index("state").count(IDBKeyRange.bound(["waiting", now], ["waiting", []])));
      if (!ahead) better = { ...better, last: now };
    }
    if (better !== clock) memory.put(better, "clock");
    offset = better.offset;
  });
}

/** Without a network: what this machine knew of the server's clock when it was last there. */
export async function recallClock() {
  offset = (await remembered("clock"))?.offset ?? 0;
}

/** Take the lease of sending, for browsers without locks; whether it is ours until then. */
export function takeLease(holder, now, until) {
  return transact("readwrite", async ({ memory }) => {
    const held = await answer(memory.get("lease"));
    // A lease from a clock that was set back would hold for hours: none is given for longer than it takes.
    if (held && held.holder !== holder && held.until > now && held.until - now <= until - now) return false;
    memory.put({ holder, until }, "lease");
    return true;
  });
}

export function remembered(name) {
  return transact("readonly", ({ memory }) => answer(memory.get(name)));
}

export function remember(name, value) {
  return transact("readwrite", ({ memory }) => answer(memory.put(value, name)));
}

/** What is settled and old goes; what waits or asks for a person stays, however old. */
export function tidy(now) {
  return transact("readwrite", async ({ acts, pictures: albums }) => {
    const pictured = new Set();
    for (const { op_id: opId, act, state, when } of await answer(albums.getAll())) {
      if (state === "refused" && when < now - KEPT_FOR) albums.delete(opId);
      else pictured.add(act);
    }
    for (const state of ["applied", "repeated", "undone", "refused", "conflict"]) {
      const old = await answer(acts.index("state").getAll(IDBKeyRange.bound([state], [state, now - KEPT_FOR])));
      const done = old.filter(({ op_id: opId, seen }) => !pictured.has(opId) && (seen || !ASKING.has(state)));
      for (const record of done) acts.delete(record.op_id);
    }
  });
}
