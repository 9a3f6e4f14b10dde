// What the desk takes along into a hall without a network: which label is which device, and how things stood in the
// ledger when it was asked. It shows; it decides nothing.

import { digitsIn, narrow } from "./codes.js";
import { ask } from "./post.js";
import { remember, remembered, serverNow } from "./store.js";

const EVERY = 10 * 60_000; // ms between two packs while the network is there.

class Pack {
  #pack = null;
  #devices = new Map(); // what a label, a box or a person may say → device
  #cases = new Map();
  #changed = () => {};

  /** The pack of this machine, then a fresh one now and every ten minutes. changed() after each. venue(): or null. */
  async open(venue, changed) {
    this.#changed = changed;
    this.#venue = venue;
    try {
      this.#use(await remembered("pack"));
    } catch {
      // Without a store there is no pack; every act says so by itself.
    }
    const again = () => this.#fetch().catch(() => {});
    setInterval(again, EVERY);
    addEventListener("online", again);
    await again();
  }

  #venue = () => null;

  async #fetch() {
    const query = new URLSearchParams();
    const venue = this.#venue();
    if (venue) query.set("venue", venue);
    const answer = await ask("GET", `/api/desk/pack${query.size ? `?${query}` : ""}`);
    if (!answer.ok || !Array.isArray(answer.said?.devices)) return;
    this.#use(answer.said);
    await remember("pack", answer.said);
  }

  #use(pack) {
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
    return this.#pack !== null && !(Date.parse(this.#pack.expires_at) <= serverNow());
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

  /** How old it is, in words; '' while there is none. */
  get words() {
    if (!this.#pack) return "";
    return this.isFresh ? `控え：${this.#at()} の台帳` : "控えは古くなりました";
  }

  /** 10:32, or the day besides when that is not today. */
  get time() {
    return this.#at();
  }

  #at() {
    const made = new Date(this.#pack.made_at);
    const parts = { timeZone: "Asia/Tokyo", hour: "numeric", minute: "2-digit" };
    const day = (at) => at.toLocaleDateString("ja-JP", { timeZone: "Asia/Tokyo", month: "long", day: "numeric" });
    const time = made.toLocaleTimeString("ja-JP", parts);
    return day(made) === day(new Date(serverNow())) ? time : `${day(made)} ${time}`;
  }
}

export const pack = new Pack();
