// The line at the desk's foot: what waits on this machine, why it waits, whose it is, and the press that ends it.

import { make } from "./runs.js";
import { sender } from "./sender.js";
import { serverNow, takeOver } from "./store.js";
import { announce } from "./tabs.js";
import { sinceWords, unsentWords, watchUnsent } from "./unsent.js";

const byId = (id) => document.getElementById(id);
let numbers = { unsent: 0, mine: 0, oldest: null, others: [], pictures: 0 };

/** last(): the row that one press takes back, if any. */
export function openBar(last) {
  byId("send-again").addEventListener("click", () => sender.again());
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
  const { unsent, mine, oldest, others, pictures } = numbers;
  const { trouble } = sender;
  const since = sinceWords(oldest, serverNow());
  const foreign = others.length > 0;
  byId("bar").classList.toggle("calm", !unsent && !pictures);
  byId("bar").classList.toggle("old", since !== null);
  const words = unsentWords(numbers, since);
  byId("bar-words").replaceChildren(...(words ? [make("b", {}, words)] : []));
  say(byId("bar-trouble"), trouble && mine ? trouble.message : "");
  const names = others.map((name) => `${name}の`).join("、");
  const whose = `${names}操作が${unsent - mine}件あります。本人がサインインするか、引き継ぐと送ります。`;
  say(byId("bar-others"), foreign ? whose : "");
  byId("take-over").hidden = !foreign || trouble?.kind === "sign-in";
  byId("sign-in").hidden = trouble?.kind !== "sign-in" || !unsent;
  byId("send-again").hidden = !trouble || !mine;
  byId("undo").hidden = !row;
  byId("undo-what").textContent = row ? `${row.shown} を` : "";
  byId("bar").hidden = !row && !words;
}

/** An alert that is written again is read aloud again. */
function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
