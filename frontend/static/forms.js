// One press, one act. A form that writes goes out once; until the answer comes its buttons wait, with their words
// kept. Without this module every form still works: the hidden op_id makes a second press harmless.

const WAIT_MS = 20_000; // Longer than any answer takes; after it the person may press again, op_id keeps it one act.
const waiting = new Map(); // form → timer

function release(form) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  form.removeAttribute("aria-busy");
  for (const button of [...form.elements].filter((one) => one.matches("[data-waits]"))) {
    button.disabled = false;
    delete button.dataset.waits;
  }
}

function hold(form) {
  form.setAttribute("aria-busy", "true");
  waiting.set(form, setTimeout(release, WAIT_MS, form));
  // Only after the browser has read the fields: a button disabled now would not send its name and value.
  setTimeout(() => {
    for (const button of [...form.elements].filter((one) => one.matches("button[type=submit]:enabled"))) {
      button.dataset.waits = "";
      button.disabled = true;
    }
  });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const method = event.submitter?.formMethod || form.getAttribute("method")?.toLowerCase();
  // A search may be sent as often as one likes, and a module that took the act over answers for it itself.
  if (method !== "post" || event.defaultPrevented) return;
  if (waiting.has(form)) event.preventDefault();
  else hold(form);
});

// Going back shows the page as it was left; its buttons must not be waiting for an answer that has come.
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of [...waiting.keys()]) release(form);
});
