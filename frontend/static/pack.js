// What the desk takes along into a hall without a network: which label is which device, and how things stood in the
// ledger when it was asked. It shows; it decides nothing.

import { digitsIn, narrow } from "./codes.js";
import { ask } from "./post.js";
import { remember, remembered, serverNow } from "./store.js";

const EVERY = 10 * 60_000; // ms between two packs while the network is there.
const KEPT = 4; // Packs of so many halls and days stay on one machine.
const TOLD = 12; // The ledger is told once of a pack; so many of the last are remembered.

class Pack {
  #kept = []; // the packs of this machine, the one asked for last first
  #pack = null; // the one that names what is scanned
  #wanted = { venue: null, on: null };
  #devices = new Map(); // what a label, a box or a person may say → device
  #cases = new Map();
  #changed = () => {};
  #tell = null;
  #again = null;

  /**
   * The packs of this machine, then a fresh one now and every ten minutes. changed() after each; tell(pack) says to the
   * ledger that this desk holds it, {key, say()}, or is null where nobody may say so.
   */
  async open(changed, tell) {
    this.#changed = changed;
    this.#tell = tell;
    try {
      this.#use(listed(await remembered("pack")));
    } catch {
      // Without a store there is no pack; every act says so by itself.
    }
    this.#again = () => this.#fetch().catch(() => this.#use(this.#kept));
    setInterval(this.#again, EVERY);
    addEventListener("online", this.#again);
    await this.#again();
  }

  /** The hall and the day that the desk is about from now on: {venue, on}; null for every hall today. */
  want(where) {
    const { venue = null, on = null } = where ?? {};
    if (venue === this.#wanted.venue && on === this.#wanted.on) return;
    this.#wanted = { venue, on };
    this.#again?.();
  }

  async #fetch() {
    const named = Object.entries(this.#wanted).filter(([, value]) => value);
    const answer = await ask("GET", `/api/desk/pack${named.length ? `?${new URLSearchParams(named)}` : ""}`);
    if (!answer.ok || !Array.isArray(answer.said?.devices)) return;
    this.#use(withPack(this.#kept, answer.said));
    // Another window may have kept a pack of its own meanwhile.
    const kept = withPack(listed(await remembered("pack")), answer.said);
    await remember("pack", kept);
    this.#use(kept);
    await this.#sayHeld(answer.said);
  }

  /** What is on the disk is told once; what could not be told is told with the next pack. */
  async #sayHeld(pack) {
    const telling = this.#tell?.(pack);
    if (!telling) return;
    const told = (await remembered("packTold")) ?? [];
    if (told.includes(telling.key)) return;
    if ((await telling.say()).ok) await remember("packTold", [telling.key, ...told].slice(0, TOLD));
  }

  #use(kept) {
    this.#kept = kept;
    // The youngest knows best how things stand, while it holds.
    const usable = kept.filter(holds);
    const pack = (usable.length ? usable : kept).reduce((best, one) => (best && made(best) >= made(one) ? best : one), null);
    if (!pack) return;
    this.#pack = pack;
    this.#devices = new Map();
    for (const device of pack.devices ?? []) {
      for (const key of [device.serial, device.asset_number, device.tag]) if (key) this.#devices.set(narrow(key), device);
    }
    this.#cases = new Map();
    for (const one of pack.cases ?? []) for (const key of [one.code, one.tag]) if (key) this.#cases.set(narrow(key), one);
    this.#changed();
  }

  get isFresh() {
    return this.#pack !== null && holds(this.#pack);
  }

  /** {device} or {case} for what was scanned; null when the pack does not say. */
  find(code) {
    if (!this.isFresh) return null;
    const key = digitsIn(code) ?? narrow(code);
    const device = this.#devices.get(key);
    if (device) return { device };
    const one = this.#cases.get(key);
    return one ? { case: one } : null;
  }

  /** How old it is and how long it holds, in words; '' while there is none. */
  get words() {
    if (!this.#pack) return "";
    if (!this.isFresh) return "控えは古くなりました";
    return `控え：${this.time} の台帳（${until(this.#pack)}まで使えます）`;
  }

  /** Of the pack of a hall and a day, in words: until when it holds, or that it is not here yet. '' without a day. */
  wordsOf(where) {
    if (!where?.on) return "";
    const fits = ({ venue, on }) => on === where.on && (!venue || venue === where.venue);
    const pack = this.#kept.find((one) => fits(one) && holds(one));
    if (!pack) return "この講座の控えは、まだこの機械にありません。電波のあるところで開くと、読み込みます。";
    return `控えを読み込みました。${until(pack)}まで、電波がなくても使えます。`;
  }

  /** 10:32, or the day besides when that is not today. */
  get time() {
    return spokenTime(new Date(this.#pack.made_at));
  }
}

const listed = (kept) => [kept ?? []].flat();
const holds = (pack) => !(Date.parse(pack.expires_at) <= serverNow());
const made = (pack) => Date.parse(pack.made_at);
const until = (pack) => spokenTime(new Date(pack.expires_at));

/** The packs of a machine after another one came: it stands first, and what is over or was asked for long ago goes. */
function withPack(kept, pack) {
  const others = kept.filter((one) => (one.venue !== pack.venue || one.on !== pack.on) && holds(one));
  return [pack, ...others].slice(0, KEPT);
}

const TIME = new Intl.DateTimeFormat("ja-JP", { timeZone: "Asia/Tokyo", hour: "numeric", minute: "2-digit" });
const DAY_PARTS = { timeZone: "Asia/Tokyo", month: "long", day: "numeric", weekday: "short" };
const DAY = new Intl.DateTimeFormat("ja-JP", DAY_PARTS);

/** 11月29日（日）: browsers write the brackets half as wide. */
const dayOf = (at) => DAY.format(at).replace(/\((.)\)/, "（$1）");

function spokenTime(at) {
  const day = dayOf(at);
  return day === dayOf(new Date(serverNow())) ? TIME.format(at) : `${day} ${TIME.format(at)}`;
}

export const pack = new Pack();
