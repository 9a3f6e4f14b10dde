// How much waits on this machine and since when, in numbers for whoever shows them.

import { summary } from "./store.js";
import { hear } from "./tabs.js";

const DAY = 24 * 3600_000;

/** Since when, in words: null while it is younger than a day. Days are those of Tokyo. */
export function sinceWords(when, now) {
  if (when === null || now - when < DAY) return null;
  const day = (at) => Math.floor((at + 9 * 3600_000) / DAY);
  const days = day(now) - day(when);
  return days <= 1 ? "きのうから" : `${days}日前から`;
}

/** What waits, in words; '' when nothing does. since: see sinceWords. */
export function unsentWords({ unsent, pictures }, since) {
  const acts = unsent ? [`未送信 ${unsent}件`, since && `（${since}）`].filter(Boolean).join("") : "";
  return [acts, pictures ? `写真 未送信 ${pictures}枚` : ""].filter(Boolean).join("　");
}

/** Calls show(numbers) now and after every change, here or in another tab; see store.summary. who(): the username. */
export function watchUnsent(who, show) {
  let asked = false;
  let running = false;
  const look = async () => {
    if (running) return void (asked = true);
    running = true;
    try {
      do {
        asked = false;
        show(await summary(who()));
      } while (asked);
    } catch (error) {
      console.error(error);
    } finally {
      running = false;
    }
  };
  // Many verdicts come at once; one look after them is enough.
  hear(() => {
    if (asked) return;
    asked = true;
    setTimeout(look);
  });
  addEventListener("pageshow", (event) => event.persisted && look());
  look();
}
