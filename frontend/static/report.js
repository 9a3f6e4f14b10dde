// The report of trouble, one question at a time. Without this module the same form stands on the page as a whole.

import { newOpId } from "./op_id.js";
import { forgetDraft, keepDraft, readDraft } from "./report_draft.js";
import { put, send, take, waiting } from "./report_outbox.js";
import { photos } from "./report_photos.js";
import { sendWaiting } from "./report_saved.js";

const form = document.querySelector("#report");
const number = form.dataset.number;
const views = new Map([...document.querySelectorAll("[data-view]")].map((view) => [view.dataset.view, view]));
const say = (what, shown = true) => {
  document.querySelector(`[data-say=${what}]`).hidden = !shown;
};
const chosen = () => form.querySelector("[name=category]:checked");
let steps = 0; // How far "もどる" can go within this page.
let now = "what";

// ---- One view at a time -----------------------------------------------------------------------------------------

function show(view, { focus = true } = {}) {
  now = view;
  const category = chosen()?.value;
  const tips = chosen()?.hasAttribute("data-tips");
  for (const [name, section] of views) section.hidden = name !== view;
  for (const part of form.querySelectorAll("[data-of-category]")) part.hidden = part.dataset.ofCategory !== category;
  for (const dots of form.querySelectorAll(".dots")) {
    dots.hidden = dots.dataset.of !== (tips || view === "what" ? "3" : "2");
  }
  for (const said of ["pick-one", "refused"]) say(said, false);
  if (!focus) return;
  scrollTo(0, 0);
  views.get(view).querySelector("[tabindex]")?.focus({ preventScroll: true });
}

function go(view) {
  steps += 1;
  history.pushState({ view, steps }, "");
  show(view);
}

function next() {
  if (!chosen()) {
    say("pick-one");
    form.querySelector("[name=category]").focus();
    return;
  }
  go(now === "what" && chosen().hasAttribute("data-tips") ? "try" : "how");
}

addEventListener("popstate", (event) => {
  if (now === "waiting") return;
  steps = event.state?.steps ?? 0;
  show(event.state?.view ?? first);
});

for (const button of document.querySelectorAll("[data-next]")) button.addEventListener("click", next);
for (const button of document.querySelectorAll("[data-back]")) {
  button.addEventListener("click", () => (steps > 0 ? history.back() : show("what")));
}
// A finger on a row goes on at once. Arrow keys walk through the rows, and つぎへ goes on from there.
for (const row of form.querySelectorAll("label.pick")) {
  row.addEventListener("click", (event) => {
    if (event.target.matches("input") && now === "what" && !walked) setTimeout(next);
  });
}
let walked = false;
form.addEventListener("keydown", (event) => {
  walked = event.key.startsWith("Arrow") || event.key === " ";
});
form.addEventListener("pointerdown", () => {
  walked = false;
});

// ---- The draft ----------------------------------------------------------------------------------------------------

const fieldsNow = () => {
  const category = chosen()?.value;
  const offered = new Set(
    [...form.querySelectorAll(`[data-of-category="${category}"] [name=phrase]`)].map((box) => box.value),
  );
  return [...new FormData(form)].filter(
    ([name, value]) =>
      typeof value === "string" && name !== "op_id" && value.trim() && (name !== "phrase" || offered.has(value)),
  );
};

function fill(fields) {
  for (const [name, value] of fields) {
    for (const field of form.elements) {
      if (field.name !== name) continue;
      if (field.type === "radio" || field.type === "checkbox") field.checked ||= field.value === value;
      else if (field.type !== "hidden") field.value = value;
    }
  }
}

form.addEventListener("input", () => keepDraft(number, fieldsNow()));
form.addEventListener("change", () => keepDraft(number, fieldsNow()));

const start = form.dataset.start;
const draft = readDraft(number);
if (draft && start !== "last") fill(draft.fields.filter(([name]) => name !== "category" || !start));
const shots = await photos(form);

// ---- Sending --------------------------------------------------------------------------------------------------------

let timer;
let sending = false;

async function attempt(job) {
  if (sending) return;
  sending = true;
  clearTimeout(timer);
  for (const said of ["busy", "offline", "not-kept"]) say(said, false);
  say("sending");
  const answer = await send(job);
  sending = false;
  say("sending", false);
  if (answer.sent) {
    await forgetDraft(number);
    const refused = answer.sent.refused_photos.length;
    location.replace(answer.sent.link + (refused ? `?photo=${refused}` : ""));
  } else if (answer.refused) {
    show("how");
    document.querySelector("[data-say=refused] [data-detail]").textContent =
      answer.refused.errors?.map((error) => error.message).join(" ") || answer.refused.detail;
    say("refused");
    document.querySelector("[data-say=refused]").scrollIntoView({ block: "center" });
  } else {
    say(answer.busy ? "busy" : kept ? "offline" : "not-kept");
    timer = setTimeout(attempt, answer.wait * 1000, job);
  }
}

let kept = true;
async function dispatch(fields) {
  const key = newOpId();
  show("waiting");
  say("sending");
  kept = await put(key, number, fields, shots.files());
  watch((await waiting()).find((job) => job.key === key));
}

function watch(job) {
  const again = () => attempt(job);
  addEventListener("online", again);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && again());
  document.querySelector("[data-again]").onclick = again;
  document.querySelector("[data-rewrite]").onclick = async () => {
    // It may have arrived without its answer; whoever writes again is told apart by a new number.
    removeEventListener("online", again);
    clearTimeout(timer);
    await take(job.key);
    location.reload();
  };
  return attempt(job);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (now !== "how") return next();
  return dispatch(fieldsNow());
});
document.querySelector("#solved").addEventListener("submit", (event) => {
  event.preventDefault();
  dispatch([["category", chosen().value], ["solved", "true"]]);
});

// ---- The beginning --------------------------------------------------------------------------------------------------

form.classList.add("stepped");
for (const part of form.querySelectorAll(".by-script")) part.hidden = false;
const tips = chosen()?.hasAttribute("data-tips");
const first = start === "last" ? "how" : start && chosen() ? (tips ? "try" : "how") : "what";
show(first, { focus: false });
const mine = (await waiting()).find((job) => job.number === number);
if (mine) {
  show("waiting");
  watch(mine);
}
sendWaiting(number);
