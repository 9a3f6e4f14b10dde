// Pictures of damage, on their way to the ledger: each after the act it belongs to, under an op_id of its own.

import { PATIENCE } from "./post.js";
import { picturesToSend, settlePicture } from "./store.js";
import { announce, hear } from "./tabs.js";

const PAUSE = 30_000; // ms before a picture that did not go through is tried again.
const JUDGED = new Set([400, 404, 409, 413, 415, 422]);
let sending = false;
let again = false;
let timer = 0;

/** Send what can go. Calls that come meanwhile are one more round. */
export async function sendPictures() {
  if (sending) return void (again = true);
  sending = true;
  clearTimeout(timer);
  try {
    do {
      again = false;
      for (const picture of await picturesToSend()) await send(picture);
    } while (again);
  } catch (error) {
    if (error.name !== "TypeError" && error.name !== "TimeoutError") console.error(error);
    timer = setTimeout(sendPictures, PAUSE);
  } finally {
    sending = false;
  }
}

/** picture: {op_id, blob, act, device}; act is the op_id of an act that the ledger has. */
async function send({ op_id: opId, blob, act, device }) {
  const form = new FormData();
  form.set("operation", act);
  form.set("picture", blob, "picture.jpg");
  const answer = await fetch(`/api/devices/${encodeURIComponent(device)}/pictures`, {
    method: "POST",
    headers: { Accept: "application/json", "Idempotency-Key": opId },
    body: form,
    signal: AbortSignal.timeout(3 * PATIENCE),
  });
  const judged = answer.ok || JUDGED.has(answer.status);
  if (!judged) throw new TypeError(`the ledger answered ${answer.status}`);
  const said = answer.ok ? null : (await answer.json()).detail;
  await settlePicture(opId, said);
  announce({ kind: "picture", act, said });
}

/** From now on pictures go when there is a network and their acts are in the ledger. */
export function watchPictures() {
  hear((news) => news.kind === "judged" && sendPictures());
  addEventListener("online", sendPictures);
  sendPictures();
}
