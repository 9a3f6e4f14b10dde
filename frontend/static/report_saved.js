// What this phone remembers of reports: those kept by a press, and those that still wait to be sent.

import { forgetDraft } from "./report_draft.js";
import { send, waiting } from "./report_outbox.js";

const NAME = "tsunagu-receipts";
const AT_MOST = 20;
const say = (what) => document.querySelector(`[data-say=${what}]`);

function kept() {
  try {
    const list = JSON.parse(localStorage.getItem(NAME));
    return Array.isArray(list) ? list.filter((one) => /^\/R\/[0-9a-f]{64}$/.test(one.link)) : [];
  } catch {
    return [];
  }
}

function keep(list) {
  try {
    localStorage.setItem(NAME, JSON.stringify(list.slice(0, AT_MOST)));
    return true;
  } catch {
    return false;
  }
}

const button = document.querySelector("[data-keep]");
if (button) {
  const { receipt, link } = button.dataset;
  const show = () => {
    const here = kept().some((one) => one.link === link);
    button.hidden = here;
    say("kept").hidden = !here;
  };
  button.addEventListener("click", () => {
    const saved = keep([{ receipt, link, at: Date.now() }, ...kept().filter((one) => one.link !== link)]);
    say("not-saved").hidden = saved;
    show();
  });
  show();
}

const list = document.querySelector("[data-saved]");
if (list) draw();
function draw() {
  const rows = kept().map((one) => {
    const row = list.querySelector("template").content.cloneNode(true);
    const anchor = row.querySelector("a");
    anchor.href = one.link;
    anchor.textContent = one.receipt;
    const day = new Date(one.at);
    row.querySelector("span").textContent = `${day.getMonth() + 1}/${day.getDate()}`;
    row.querySelector("button").addEventListener("click", () => {
      keep(kept().filter((other) => other.link !== one.link));
      draw();
    });
    return row;
  });
  list.querySelector("ul").replaceChildren(...rows);
  list.hidden = !rows.length;
}

/** Send what waits from an earlier visit, other than what `except` is about. Says what became of it. */
let busy = false;
export async function sendWaiting(except = null) {
  if (busy) return;
  busy = true;
  try {
    for (const job of await waiting()) {
      if (job.number === except) continue;
      const answer = await send(job);
      if (answer.sent) {
        await forgetDraft(job.number);
        const anchor = say("sent-later")?.querySelector("[data-link]");
        if (anchor) {
          anchor.href = answer.sent.link;
          anchor.textContent = answer.sent.receipt;
          say("sent-later").hidden = false;
        }
      }
    }
    const left = (await waiting()).filter((job) => job.number !== except);
    if (say("still-waiting")) say("still-waiting").hidden = !left.length;
    if (left.length) setTimeout(sendWaiting, 15_000, except);
  } finally {
    busy = false;
  }
}

if (!document.querySelector("#report")) {
  sendWaiting();
  addEventListener("online", () => sendWaiting());
}
