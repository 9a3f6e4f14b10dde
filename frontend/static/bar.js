// The line at the desk's foot: what waits on this machine, why it waits, whose it is, and the press that ends it.

import { make } from "./runs.js";
import { pictureTrouble, sendPictures } from "./picture_sender.js";
import { sender } from "./sender.js";
import { serverNow, takeOver } from "./store.js";
import { announce } from "./tabs.js";
import { sinceWords, unsentWords, watchUnsent } from "./unsent.js";

const byId = (id) => document.getElementById(id);
let numbers = { unsent: 0, mine: 0, oldest: null, others: [], pictures: 0, foreign: 0 };

/** last(): the row that one press takes back, if any. */
export function openBar(last) {
  byId("send-again").addEventListener("click", () => {
    sender.again();
    sendPictures();
  });
  byId("take-over").addEventListener("click", async () => {
    await takeOver(sender.who.username, sender.who.name);
    announce({ kind: "owner" });
    sender.again();
  });
  watchUnsent(() => sender.who.username, (found) => {
    numbers = found;
    showBar(last());
  });
}

export function showBar(row) {
  const { unsent, mine, oldest, others, pictures, foreign } = numbers;
  const trouble = sender.trouble ?? pictureTrouble();
  const own = mine > 0 || pictures > foreign;
  const since = sinceWords(oldest, serverNow());
  byId("bar").classList.toggle("calm", !unsent && !pictures);
  byId("bar").classList.toggle("old", since !== null);
  const words = unsentWords(numbers, since);
  byId("bar-words").replaceChildren(...(words ? [make("b", {}, words)] : []));
  say(byId("bar-trouble"), trouble && own ? trouble.message : "");
  const names = others.map((name) => `${name}の`).join("、");
  const theirs = [unsent > mine && `操作が${unsent - mine}件`, foreign && `写真が${foreign}枚`].filter(Boolean).join("、");
  say(byId("bar-others"), theirs ? `${names}${theirs}あります。本人がサインインするか、引き継ぐと送ります。` : "");
  byId("take-over").hidden = !theirs || trouble?.kind === "sign-in";
  byId("sign-in").hidden = trouble?.kind !== "sign-in" || !(unsent || pictures);
  byId("send-again").hidden = !trouble || !own;
  byId("undo").hidden = !row;
  byId("undo-what").textContent = row ? `${row.shown} を` : "";
  byId("bar").hidden = !row && !words;
}

/** An alert that is written again is read aloud again. */
function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
