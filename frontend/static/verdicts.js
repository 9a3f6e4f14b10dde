// What the ledger answered to a scan, in the words of the desk, and the presses that end a refusal. The ledger's own
// sentence stands wherever it sent one; the words below are for answers that carry none.

import { spoken } from "./codes.js";

export const DONE = {
  lend: "貸出しました", return: "返りました", swap: "取り替えました", move: "移しました", wipe: "初期化を記録しました",
  inspect: "点検を記録しました",
};
const WAITS = {
  inspect: "点検待ち", wipe: "初期化待ち", repair: "修理中", lost: "紛失", missing: "所在不明",
};
const STATE = { in_stock: "在庫", on_loan: "貸出中", held: "貸出停止", retired: "除却" };
const SIGN = { in_stock: "stock", on_loan: "lent", held: "hold", retired: "gone" };
const REFUSED = {
  "already-lent": "貸出中です。先に返却を記録してください。",
  held: "貸せません。貸出停止になっています。",
  retired: "除却ずみです。ほかの端末を選んでください。",
  promised: "貸せません。ほかの講座や自治会のために予約されています。",
  "not-found": "この番号の端末は台帳にありません。",
};
// The work that ends these holds is done at the desk; the others are settled on the device's own page.
const WORK = { wipe: "初期化", inspect: "点検" };

const devicePage = (asset) => `/devices/${encodeURIComponent(asset)}`;
/** The lending form, where a reason can be written, with what the desk has chosen. */
const lendingForm = ({ session }, device) => {
  const asked = new URLSearchParams(device ? { device } : {});
  for (const kind of ["association", "course", "venue"]) if (session?.wire?.[kind]) asked.set(kind, session.wire[kind]);
  return `/loans/new?${asked}`;
};
const loanPage = (number) => `/loans/${encodeURIComponent(number)}`;

/** {state, words, more} of a result; act is what was asked for. */
export function judged(act, result) {
  if (isConflict(result)) {
    const kept = result.outcome === "repeated" ? "もう届いています。要確認に残っています。" : result.detail;
    return { state: "conflict", words: "要確認", more: kept ?? "" };
  }
  if (result.code) return { state: "refused", words: refusedWords(result), more: "" };
  // A repeated answer says only that it came before; the act itself stands.
  const calm = result.outcome === "applied" ? result.detail : null;
  if (calm) return { state: "noted", words: calm, more: "" };
  const holds = (result.holds ?? []).map((reason) => `${WAITS[reason]}です`).join("、");
  const several = result.case ? `${result.devices.length}台` : "";
  const more = [several, act === "return" ? holds : ""].filter(Boolean).join("　");
  return { state: "applied", words: DONE[act] ?? "記録しました", more };
}

/** What a case went without: [{device, why}]. */
export function leftOut({ left_out: left = [] }) {
  return left.map(({ device, code, detail }) => {
    const why = detail?.replace(`${device} は`, "") ?? REFUSED[code] ?? "記録できません。";
    return { device, why };
  });
}

function refusedWords({ outcome, code, detail, device }) {
  if (outcome === "repeated") return REFUSED[code] ?? "記録できません。読み取り直してください。";
  // The row says the number itself.
  const words = detail ?? REFUSED[code] ?? "記録できません。読み取り直してください。";
  return device ? words.replace(`${device} は`, "") : words;
}

/** Also when the first answer was lost, and this one only says that the act is known. */
function isConflict({ outcome, first }) {
  return (first ?? outcome) === "conflict";
}

/** The presses beside a refused row. desk: {lend(row, before), giveBack(row), choose()}. */
export function waysOut(row, result, desk) {
  if (isConflict(result)) return [{ text: "要確認を開く", href: "/conflicts" }];
  const device = result.device ? { text: "端末の画面を開く", href: devicePage(result.device) } : null;
  if (result.code === "held" && result.holds?.length && result.holds.every((reason) => reason in WORK)) {
    const work = result.holds.map((reason) => WORK[reason]).join("と");
    return [{ text: `${work}を記録して貸す`, press: () => desk.lend(row, result.holds) }];
  }
  if (result.code === "already-lent") return [{ text: "返却を記録する", press: () => desk.giveBack(row) }, device];
  if (result.code === "invalid" && row.act === "lend") {
    return [{ text: "貸出先と返す日を決める", press: () => desk.choose() }];
  }
  if (["promised", "limit-reached"].includes(result.code) && row.act === "lend") {
    return [{ text: "わけを書いて貸す", href: lendingForm(row, result.device) }, device];
  }
  return [device];
}

/** Who has a device, as a sentence and a link; null when nobody has it any more. */
export function whoHas({ card }) {
  if (!card?.loan) return null;
  const words = `貸せません。${card.loan.borrower.name}に${card.loan.installed ? "設置中" : "貸出中"}です。`;
  return { words, call: card.call_number, text: "この貸出を開く", href: loanPage(card.loan.number) };
}

/** What a look-up found, in one line. */
export function found({ type, card }) {
  if (type === "venue") {
    return { sign: "go", title: card.name, words: "会場です", href: `/venues/${encodeURIComponent(card.code)}` };
  }
  if (type === "case") {
    const here = card.members.filter((member) => member.here).length;
    const words = [`貸出ケース　${card.members.length}台のうち${here}台が入っています`, card.place].filter(Boolean).join("　");
    return { sign: "full", title: card.name, words, href: `/cases/${encodeURIComponent(card.code)}` };
  }
  if (type === "paper") {
    const words = card.loan ? `貸出 ${card.loan} の借用書です` : "借用書の用紙です。どの貸出のものかを選びます";
    const href = card.number ? `/paper/${card.number}` : `/loans/${encodeURIComponent(card.loan)}/agreement`;
    return { sign: "full", title: card.number ? spoken(card.number) : card.loan, words, href };
  }
  if (type !== "device") return null;
  const holds = card.holds.map((hold) => WAITS[hold.reason]);
  const who = card.loan ? [card.loan.borrower.name, dueWords(card.loan)] : [];
  const state = card.loan?.installed ? "設置中" : STATE[card.state];
  const words = [state, ...holds, ...who, card.pool_name].join("　");
  const href = devicePage(card.asset_number);
  return { sign: SIGN[card.state], title: card.asset_number, call: card.call_number, words, href };
}

/** What the pack says of a device, in one line; time is when it was made. */
export function foundInPack({ device, case: one }, time) {
  if (one) return { sign: "full", title: one.name, words: `控えでは貸出ケース、${one.devices.length}台（${time}）` };
  const holds = (device.holds ?? []).map((hold) => WAITS[hold.reason ?? hold]).filter(Boolean);
  const words = `控えでは${[STATE[device.state], ...holds].join("・")}（${time}）`;
  const sign = SIGN[device.state] ?? "search";
  return { sign, title: device.asset_number, call: device.call_number, words, href: devicePage(device.asset_number) };
}

function dueWords({ due_on: on, installed }) {
  if (installed) return "返す日はありません";
  if (!on) return "任期の終わりまで";
  const [, month, day] = on.split("-").map(Number);
  return `${month}月${day}日まで`;
}
