// 調べる: what the ledger says of a code, or the pack where there is no network.

import { digitsIn, narrow, spoken } from "./codes.js";
import { pack } from "./pack.js";
import { showBand } from "./runs.js";
import { say } from "./sound.js";
import { serverNow } from "./store.js";
import { found, foundInPack } from "./verdicts.js";

const PATIENCE = 3_000; // ms; whatever is scanned next waits for this answer.
const NOWHERE = "台帳に届きません。電波のあるところで、もう一度読み取ってください";

/** The ledger's answer: {type, card}; null when it does not answer. */
export async function lookedUp(code) {
  try {
    const asked = new URLSearchParams({ code: code.slice(0, 500) });
    const answer = await fetch(`/api/lookup?${asked}`, { signal: AbortSignal.timeout(PATIENCE) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** Say what a code stands for; add(row) puts it on the list. */
export async function lookUp(code, add) {
  say("taken");
  const answer = await lookedUp(code);
  const packed = answer ? null : pack.find(code);
  const card = answer ? found(answer) : packed && foundInPack(packed, pack.time);
  if (!card) {
    say("refused");
    return showBand("no", "nogo", spoken(code), answer ? "この番号は台帳にありません" : NOWHERE);
  }
  const { title, call, words } = card;
  const link = card.href && { href: card.href, text: "画面を開く" };
  showBand("see", card.sign, call ? `${title}（${call}番）` : title, words, link);
  const at = new Date(serverNow());
  add({ code, shown: title, call, at, state: "seen", words, ways: link ? [link] : [] });
}

/**
 * The device that a code stands for, as far as can be known here: {asset_number, call_number, pool}, or {why} with a
 * sentence. Only whether it may be used is for the ledger to say.
 */
export async function deviceOf(code) {
  const packed = pack.find(code);
  if (packed?.device) return packed.device;
  if (packed) return { why: "ケースではなく、端末のラベルを読み取ってください" };
  const answer = await lookedUp(code);
  if (answer?.type === "device") return answer.card;
  if (answer) return { why: "この番号の端末は台帳にありません" };
  // A label's number says nothing without the ledger; an asset number says everything.
  if (digitsIn(code)) return { why: "台帳に届かず、この機械の控えにもない番号です。備品番号を入力してください" };
  return { asset_number: narrow(code), call_number: null, pool: null };
}
