// Pictures of damage, on their way to the ledger: each after the act it belongs to, under an op_id of its own.

import { PATIENCE, Trouble, ask, refusal } from "./post.js";
import { sender } from "./sender.js";
import { picturesToSend, settlePicture } from "./store.js";
import { announce, hear } from "./tabs.js";

const PAUSE = 30_000; // ms before a picture that did not go through is tried again.
const JUDGED = new Set([400, 404, 409, 413, 415, 422]);
const NEWS = new Set(["judged", "who", "owner"]); // after which one may go that could not go before
let sending = false;
let again = false;
let timer = 0;
let trouble = null;

/** null, or why pictures wait whose acts are in the ledger: a Trouble. */
export const pictureTrouble = () => trouble;

/** Send what can go. Calls that come meanwhile are one more round. */
export async function sendPictures() {
  if (sending) return void (again = true);
  sending = true;
  clearTimeout(timer);
  let why = null;
  try {
    do {
      again = false;
      why = await sendAll();
    } while (again);
  } catch (error) {
    if (!(error instanceof Trouble)) console.error(error);
    why = error instanceof Trouble ? error : new Trouble("network", "写真を送れませんでした。少し待って、自動で送ります。");
  } finally {
    sending = false;
  }
  if (why) timer = setTimeout(sendPictures, PAUSE);
  if (!why && !trouble) return;
  trouble = why;
  announce({ kind: "trouble" });
}

/** null, or why one of them waits though the others went: a Trouble. */
async function sendAll() {
  const ready = await picturesToSend();
  if (!ready.length) return null;
  // A picture goes out under the name of who took it, as its act did.
  const username = await sender.operator();
  let why = null;
  for (const picture of ready.filter((one) => one.username === username)) why = (await send(picture)) ?? why;
  return why;
}

/** picture: {op_id, blob, act, device, username}; act is the op_id of an act that the ledger has. Null, or why it waits. */
async function send({ op_id: opId, blob, act, device, username }) {
  const form = new FormData();
  form.set("operation", act);
  form.set("picture", blob, "picture.jpg");
  const headers = { "Idempotency-Key": opId, "X-Operator": username };
  const path = `/api/devices/${encodeURIComponent(device)}/pictures`;
  const answer = await ask("POST", path, form, headers, 3 * PATIENCE);
  if (answer.status === 401) {
    sender.doubt();
    throw refusal(answer);
  }
  // One that the ledger did not even judge holds no other one up.
  if (!answer.ok && !JUDGED.has(answer.status)) return refusal(answer);
  const said = answer.ok ? null : answer.said?.detail ?? "台帳が受け取りませんでした。";
  await settlePicture(opId, said);
  announce({ kind: "picture", act, said });
  return null;
}

/** From now on pictures go when there is a network and their acts are in the ledger. */
export function watchPictures() {
  hear((news) => NEWS.has(news.kind) && sendPictures());
  addEventListener("online", sendPictures);
  sendPictures();
}
