// What waits in the store, on its way to the ledger: in order, in parts, by one tab at a time. Sending again after a lost
// answer changes nothing, because each act keeps its op_id; nothing stops waiting before the ledger has judged it.

import { Trouble, ask, elsewhere, refusal } from "./post.js";
import * as store from "./store.js";
import { announce, hear } from "./tabs.js";

const PART = 100; // Items in one request.
const FIRST_PAUSE = 1_000; // ms before trying again, doubled each time up to the longest.
const LONGEST_PAUSE = 60_000;
const BACKSTOP = 5_000; // ms
const LEASE = 30_000; // ms; longer than the patience of one request.
const OUTCOMES = ["applied", "repeated", "refused", "conflict"];

class Sender {
  #me = crypto.getRandomValues(new Uint32Array(1))[0];
  #started = false;
  #busy = false;
  #again = false;
  #timer = 0;
  #pause = FIRST_PAUSE;
  #sure = false; // whether the page's word for who is signed in still holds
  #stuck = new Map(); // op_id → why nobody judged it; these wait until a person or a new page tries again
  #whole = 0; // how many acts of this round had their request refused whole
  #notBefore = 0; // on a clock that nobody sets
  /** Who is signed in, as far as this tab knows: {username, name}; username is '' for nobody. */
  who = { username: "", name: "" };
  /** null, or why nothing goes out: {kind, message}. */
  trouble = null;

  /** who: what the page says. fresh: whether the page comes from the server and not from this machine. */
  start(who, fresh) {
    if (this.#started) return;
    this.#started = true;
    this.who = who;
    this.#sure = fresh;
    addEventListener("online", () => this.trouble?.kind !== "refused" && this.work());
    addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      this.#sure = false;
      this.work();
    });
    hear((news, here) => !here && this.#hear(news));
    if (fresh) announce({ kind: "who", username: who.username });
    this.work();
  }

  #hear(news) {
    // The tab that kept it sends it; should that tab be closed first, this one does.
    if (news.kind === "kept" && !this.trouble) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.work(), BACKSTOP);
    }
    // Somebody signed in or out in another tab: the cookie is theirs now, whatever this page says.
    if (news.kind === "who" && news.username !== this.who.username) this.#sure = false;
    if (news.kind === "who" && this.trouble?.kind === "sign-in" && news.username) this.again();
  }

  /** Whose session this is, asked of the server where this tab cannot know it. Throws a Trouble. */
  async operator() {
    if (!this.#sure) await this.#identify();
    return this.who.username;
  }

  /** The server did not know the person whom a request named. */
  doubt() {
    this.#sure = false;
  }

  /** A person says: now it should go through. */
  again() {
    this.trouble = null;
    this.#stuck.clear();
    this.#pause = FIRST_PAUSE;
    this.#notBefore = 0;
    this.work();
  }

  /** Send what waits. Calls that come meanwhile are one more round. */
  async work() {
    if (this.#busy) return void (this.#again = true);
    if (["sign-in", "refused"].includes(this.trouble?.kind) || performance.now() < this.#notBefore) return;
    clearTimeout(this.#timer);
    this.#busy = true;
    try {
      do {
        this.#again = false;
        await this.#alone(() => this.#sendAll());
      } while (this.#again);
    } catch (error) {
      this.#stop(error);
    } finally {
      this.#busy = false;
    }
  }

  #stop(error) {
    // A defect of ours, or a store that cannot be read, must not end the sending for good.
    this.trouble = error instanceof Trouble ? error : new Trouble("network", "送れませんでした。少し待って、自動で送ります。");
    announce({ kind: "trouble" });
    if (!(error instanceof Trouble)) console.error(error);
    if (this.trouble.kind !== "network") return;
    const pause = Math.max(this.trouble.pause, this.#pause);
    // A server that named a time is left alone until then, whatever is scanned meanwhile.
    if (this.trouble.pause) this.#notBefore = performance.now() + this.trouble.pause;
    this.#timer = setTimeout(() => this.work(), pause + 50);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  /** One tab sends at a time. Where there are no locks (plain http) a lease in the store does; two at once do no harm. */
  async #alone(work) {
    if (navigator.locks) return void (await navigator.locks.request("tsunagu-desk-send", work));
    const now = Date.now();
    if (await store.takeLease(this.#me, now, now + LEASE)) {
      try {
        await work();
      } finally {
        await store.takeLease(this.#me, now, 0);
      }
    } else {
      this.#timer = setTimeout(() => this.work(), FIRST_PAUSE);
    }
  }

  async #sendAll() {
    this.#whole = 0;
    let doubted = false;
    for (;;) {
      const mine = await store.waitingOf(this.who.username, PART + this.#stuck.size);
      const waiting = mine.filter((one) => !this.#stuck.has(one.op_id));
      const { unsent } = waiting.length ? { unsent: 1 } : await store.summary(this.who.username);
      if (unsent && !this.#sure) {
        // The acts belong to a person, and only the server knows whose this session is.
        if (await this.#identify()) continue;
      }
      if (!waiting.length) break;
      if (!navigator.locks) await store.takeLease(this.#me, Date.now(), Date.now() + LEASE);
      try {
        await (waiting[0].kind === "undo" ? this.#sendUndo(waiting[0]) : this.#sendScans(run(waiting)));
      } catch (error) {
        // It may be somebody else's session by now; asked whose it is, the server says it, or that it is nobody's.
        if (error.kind !== "sign-in" || doubted) throw error;
        doubted = true;
        continue;
      }
      this.trouble = null;
      this.#pause = FIRST_PAUSE;
    }
    if (this.trouble) {
      this.trouble = null;
      announce({ kind: "trouble" });
    }
    const [why] = this.#stuck.values();
    if (why) throw new Trouble("stuck", why);
  }

  /** Ask whose session this is; true when it is somebody else's than this tab thought. */
  async #identify() {
    const answer = await ask("GET", "/api/session");
    if (!answer.ok) throw refusal(answer);
    if (typeof answer.said?.username !== "string") throw elsewhere();
    const { username, name } = answer.said;
    const other = username !== this.who.username;
    this.#sure = true;
    this.who = { username, name };
    if (other) announce({ kind: "who", username });
    return other;
  }

  async #sendScans(records) {
    const going = await store.outgoing(records.map((one) => one.op_id));
    if (!going.length) return;
    const answer = await this.#post("/api/scans", { desk: going[0].desk, items: going.map(item) });
    if (!answer.ok) {
      const trouble = refusal(answer);
      if (trouble.kind !== "refused" || answer.status === 403) throw trouble;
      return void (await this.#sendHalves(going, trouble));
    }
    const results = answer.said?.results;
    if (!Array.isArray(results) || !fits(results, going)) throw elsewhere();
    await this.#settle(results);
  }

  /** The request was refused whole, so one item in it may be the reason: smaller parts go, it stays. */
  async #sendHalves(going, trouble) {
    if (going.length > 1) {
      const middle = going.length >> 1;
      await this.#sendScans(going.slice(0, middle));
      return void (await this.#sendScans(going.slice(middle)));
    }
    this.#stuck.set(going[0].op_id, trouble.message);
    this.#whole += 1;
    // Two that are not even judged are no bad items: the ledger and this page do not understand each other.
    if (this.#whole > 1) throw trouble;
  }

  async #settle(results) {
    const changes = new Map();
    const nothing = new Set();
    for (const result of results) {
      // Nobody judged the act itself: it waits for somebody who may do it.
      if (result.code === "not-allowed") this.#stuck.set(result.op_id, result.detail);
      else changes.set(result.op_id, { state: state(result), result });
      if (result.code) nothing.add(result.op_id);
    }
    const records = await store.change(changes);
    if (nothing.size) await store.dropUndoing(nothing);
    announce({ kind: "judged", records });
  }

  async #sendUndo(record) {
    const [going] = await store.outgoing([record.op_id]);
    if (!going) return;
    const path = `/api/operations/${encodeURIComponent(going.undoes)}/undo`;
    const body = { occurred_at: going.occurred_at, clock_offset_ms: going.clock_offset_ms };
    const answer = await this.#post(path, body, { "Idempotency-Key": going.op_id });
    const judged = [404, 409, 422].includes(answer.status) || answer.said?.code === "not-allowed";
    if (!answer.ok && !judged) throw refusal(answer);
    const changes = new Map([[going.op_id, { state: answer.ok ? "applied" : "refused", seen: true }]]);
    const refused = answer.ok ? null : answer.said?.detail ?? "取り消せませんでした。";
    changes.set(going.undoes, answer.ok ? { state: "undone" } : { undoRefused: refused });
    const dropped = answer.ok ? [] : await store.dropAfter(going.op_id);
    const records = await store.change(changes);
    for (const opId of dropped) announce({ kind: "undone", opId, refusal: null });
    announce({ kind: "undone", opId: going.undoes, refusal: refused, records });
  }

  async #post(path, body, headers) {
    const answer = await ask("POST", path, body, { ...headers, "X-Operator": this.who.username });
    if (answer.server) await store.learnClock(answer.server.offset, answer.server.within);
    if (answer.status === 401) this.doubt();
    return answer;
  }
}

/** The longest part that may go in one request: scans in order, of one desk. */
function run(waiting) {
  const other = waiting.findIndex((one) => one.kind !== "scan" || one.desk !== waiting[0].desk);
  return waiting.slice(0, Math.min(PART, other < 0 ? waiting.length : other));
}

function item({ op_id, seq, act, code, wire, occurred_at, clock_offset_ms }) {
  return { op_id, seq, act, code, ...wire, occurred_at, clock_offset_ms };
}

function fits(results, sent) {
  if (results.length !== sent.length) return false;
  return results.every((one, place) => one?.op_id === sent[place].op_id && OUTCOMES.includes(one.outcome));
}

function state({ outcome, first, code }) {
  return outcome === "repeated" && code ? (first ?? "refused") : outcome;
}

export const sender = new Sender();
