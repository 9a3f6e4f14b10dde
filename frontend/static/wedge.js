// A keyboard-wedge scanner types a code like a very fast person and presses Enter. Wherever the focus stands, such a
// burst is one scan; what a person types into a field stays typing.

const LEAST = 4; // Shorter than any label number, serial or asset number in use.
const IN_FIELD = { gap: 130, mean: 50 }; // ms between keys: beyond it a person could be typing.
const ELSEWHERE = { gap: 400, mean: 150 }; // Nobody types where there is nothing to type into; slow radio scanners do.

// What a key means by its place on the keyboard. With an input method on, the browser tells only the place.
const PLACES = {
  Minus: "-_", Slash: "/?", Period: ".>", Comma: ",<", Semicolon: ";:", Quote: "'\"", Equal: "=+", IntlRo: "\\_",
  NumpadSubtract: "--", NumpadDivide: "//", NumpadDecimal: "..", Space: "  ",
};

function byPlace(code, shift) {
  const plain = /^(?:Digit|Numpad)([0-9])$/.exec(code) ?? /^Key([A-Z])$/.exec(code);
  if (plain) return plain[1];
  return PLACES[code]?.[shift ? 1 : 0] ?? "";
}

function character(event) {
  if (event.isComposing || event.key === "Process" || event.key === "Unidentified") {
    return byPlace(event.code, event.shiftKey);
  }
  return [...event.key].length === 1 ? event.key.normalize("NFKC") : "";
}

function isEnter(event) {
  return event.key === "Enter" || ["Enter", "NumpadEnter"].includes(event.code);
}

function editable(target) {
  return target instanceof HTMLElement && target.matches("input:not([type=radio], [type=checkbox]), textarea, select");
}

/** Calls onScan(text) for every burst that ends with Enter. */
export function listenToWedge(onScan) {
  let burst = null;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return void (burst = null);
    if (isEnter(event)) {
      const done = burst;
      burst = null;
      if (done && isScan(done, event.timeStamp)) {
        // Neither the button in focus nor the form around the field takes this Enter for its own.
        event.preventDefault();
        event.stopImmediatePropagation();
        putBack(done);
        onScan(done.text);
      }
      return;
    }
    const typed = character(event);
    if (!typed) {
      // Shift belongs to the burst; arrows, Tab and Backspace are a person's.
      if (event.key !== "Shift" && !byPlace(event.code, false) && event.key !== "Process") burst = null;
      return;
    }
    const field = editable(event.target) ? event.target : null;
    const pace = field ? IN_FIELD : ELSEWHERE;
    if (!burst || event.timeStamp - burst.last > pace.gap) {
      burst = { text: "", began: event.timeStamp, last: 0, pace, field, value: field?.value };
    }
    burst.text += typed;
    burst.last = event.timeStamp;
    // Outside a field no key but the blank means anything here, and some browsers open a search at "/".
    if (!field && typed !== " ") event.preventDefault();
  }, { capture: true });
}

function isScan({ text, began, last, pace }, now) {
  const mean = (last - began) / Math.max(1, [...text].length - 1);
  return text.trim().length >= LEAST && now - last <= pace.gap && mean <= pace.mean;
}

function putBack({ field, value }) {
  if (!field) return;
  const restore = () => {
    if (field.value === value) return;
    field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  restore();
  // An input method writes what it holds into the field only after the key is over.
  field.addEventListener("compositionend", () => setTimeout(restore), { once: true });
  setTimeout(restore);
  setTimeout(restore, 60);
}
