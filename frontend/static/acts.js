// What was scanned, on its way to the ledger: one by one, in order, each with an op_id that never changes, so that
// sending again after a lost answer changes nothing. Nothing leaves the list before the ledger has judged it.

const PART = 100; // Items in one request.
const PATIENCE = 15_000; // ms until an answer counts as lost.
const FIRST_PAUSE = 1_000; // ms before trying again, doubled each time up to the longest.
const LONGEST_PAUSE = 30_000;

/** UUIDv7 (RFC 9562, 5.7). crypto.randomUUID is missing on plain http; getRandomValues is not. */
export function newOpId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setUint16(0, Math.floor(now / 2 ** 32));
  new DataView(bytes.buffer).setUint32(2, now % 2 ** 32);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Why nothing goes out. kind: network (tries again by itself), sign-in or refused (a person must act). */
class Trouble extends Error {
  constructor(kind, sentence, pause = 0) {
    super(sentence);
    this.kind = kind;
    this.pause = pause;
  }
}

export class Sender {
  #queue = []; // {item} is a scan, {undo, key} takes one back; tried: it may have reached the ledger
  #busy = false;
  #timer = 0;
  #pause = FIRST_PAUSE;
  #seq = 0;
  #told;
  /** null, or why nothing goes out: {kind, message}. */
  trouble = null;
  /** Server minus client, ms. */
  offset;

  /** told: {desk(), verdict(op_id, result), undone(op_id, refusal or null), changed()}. */
  constructor(told, offset) {
    this.#told = told;
    this.offset = offset;
    addEventListener("online", () => this.trouble?.kind === "network" && this.#work());
  }

  get unsent() {
    return this.#queue.length;
  }

  /** Take a scan in; says its op_id. */
  scan(act) {
    const item = {
      op_id: newOpId(),
      seq: this.#seq++,
      ...act,
      occurred_at: new Date().toISOString(),
      clock_offset_ms: Math.round(this.offset),
    };
    this.#queue.push({ item, tried: false });
    queueMicrotask(() => this.#work());
    return item.op_id;
  }

  /** Take a scan back: out of the list while it has never been sent, by an act of its own otherwise. */
  undo(opId) {
    const at = this.#queue.findIndex((one) => one.item?.op_id === opId);
    if (at >= 0 && !this.#queue[at].tried) {
      this.#queue.splice(at, 1);
      this.#told.undone(opId, null);
      this.#told.changed();
      return;
    }
    this.#queue.push({ undo: opId, key: newOpId() });
    this.#work();
  }

  /** A person says: now it should go through. */
  again() {
    this.trouble = null;
    this.#work();
  }

  async #work() {
    if (this.#busy || (this.trouble && this.trouble.kind !== "network")) return void this.#told.changed();
    clearTimeout(this.#timer);
    this.#busy = true;
    this.#told.changed();
    try {
      while (this.#queue.length) {
        await (this.#queue[0].undo ? this.#sendUndo(this.#queue[0]) : this.#sendScans());
        this.trouble = null;
        this.#pause = FIRST_PAUSE;
        this.#told.changed();
      }
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      this.trouble = error;
      if (error.kind === "network") this.#later(error.pause);
    } finally {
      this.#busy = false;
      this.#told.changed();
    }
  }

  #later(pause) {
    this.#timer = setTimeout(() => this.#work(), Math.max(pause, this.#pause));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  async #sendScans() {
    const end = this.#queue.findIndex((one) => one.undo);
    const part = this.#queue.slice(0, Math.min(PART, end < 0 ? this.#queue.length : end));
    for (const one of part) one.tried = true;
    const body = { desk: this.#told.desk(), items: part.map((one) => one.item) };
    const answer = await this.#post("/api/scans", body);
    const results = answer.said?.results;
    if (!answer.ok) throw refusal(answer);
    if (!Array.isArray(results) || results.length !== part.length) throw lost();
    for (const result of results) {
      this.#queue = this.#queue.filter((one) => one.item?.op_id !== result.op_id);
      // Nothing to take back when nothing was done.
      if (result.code) this.#queue = this.#queue.filter((one) => one.undo !== result.op_id);
      this.#told.verdict(result.op_id, result);
    }
  }

  async #sendUndo(entry) {
    const path = `/api/operations/${encodeURIComponent(entry.undo)}/undo`;
    const answer = await this.#post(path, undefined, { "Idempotency-Key": entry.key });
    const settled = answer.ok || [404, 409, 422].includes(answer.status) || answer.said?.code === "not-allowed";
    if (!settled) throw refusal(answer);
    this.#queue = this.#queue.filter((one) => one !== entry);
    this.#told.undone(entry.undo, answer.ok ? null : answer.said.detail);
  }

  async #post(path, body, headers = {}) {
    const began = Date.now();
    let answer;
    let said;
    try {
      answer = await fetch(path, {
        method: "POST",
        headers: { Accept: "application/json", "Content-Type": "application/json", ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE),
      });
      said = await answer.json();
    } catch {
      // No network, no answer in time, or the page of a hall's wifi portal in the ledger's place.
      throw lost();
    }
    const date = Date.parse(answer.headers.get("Date"));
    // The header is cut to whole seconds, so the middle of that second is the best guess.
    if (date) this.offset = date + 500 - (began + Date.now()) / 2;
    return { ok: answer.ok, status: answer.status, said, headers: answer.headers };
  }
}

function lost() {
  return new Trouble("network", "電波がもどると、自動で送ります。");
}

function refusal({ status, said, headers }) {
  if (status === 401) {
    return new Trouble("sign-in", "サインインの時間が切れました。サインインしてから、もう一度送ってください。");
  }
  if (status >= 500 || status === 429 || status === 408) {
    const pause = Number(headers.get("Retry-After")) * 1000 || 0;
    return new Trouble("network", "台帳が混み合っています。少し待って、自動で送ります。", pause);
  }
  return new Trouble("refused", said?.detail ?? "台帳が受け取りませんでした。情報担当に連絡してください。");
}
