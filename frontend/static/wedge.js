// A keyboard-wedge scanner types a code like a very fast person and presses Enter. Wherever the focus stands, such a
// burst is one scan; what a person types into a field stays typing.

const LEAST = 4; // Shorter than any label number, serial or asset number in use.
const IN_FIELD = { gap: 130, mean: 50 }; // ms between keys: beyond it a person could be typing.
const ELSEWHERE = { gap: 400, mean: 150 }; // Nobody types where there is nothing to type into; slow radio scanners do.
const TAIL = 150; // ms after a scan in which a second Enter or a Ctrl+J is the scanner's line feed and nobody's wish.
const LATE = 2_000; // ms after a scan in which its own text may still come from an input method.

// What a key means by its place on the keyboard. With an input method on, the browser tells only the place. Where
// American and Japanese (JIS) keyboards differ, the signs that labels and serials use win.
const PLACES = {
  Minus: "-_", Slash: "/?", Period: ".>", Comma: ",<", Semicolon: ";:", Quote: "'\"", Equal: "=+", IntlRo: "\\_",
  IntlYen: "\\|", Backslash: "\\|", BracketLeft: "[{", BracketRight: "]}", Space: "  ",
  NumpadSubtract: "--", NumpadDivide: "//", NumpadDecimal: "..", NumpadAdd: "++", NumpadMultiply: "**",
};

function byPlace(code, shift) {
  const plain = /^(?:Digit|Numpad)([0-9])$/.exec(code) ?? /^Key([A-Z])$/.exec(code);
  if (plain) return plain[1];
  return PLACES[code]?.[shift ? 1 : 0] ?? "";
}

const HELD_BACK = ["Process", "Unidentified", "Dead"];

/** Whether an input method stands between this key and the page. */
function throughIme(event) {
  return event.isComposing || event.key === "Process";
}

function character(event) {
  const byName = [...event.key].length === 1 && !throughIme(event) ? event.key.normalize("NFKC") : "";
  if (/^[\x20-\x7e]$/.test(byName)) return byName;
  // A keyboard in kana mode says ち where a scanner meant A.
  if (byName || throughIme(event) || HELD_BACK.includes(event.key)) return byPlace(event.code, event.shiftKey) || byName;
  return "";
}

function isEnter(event) {
  return event.key === "Enter" || ["Enter", "NumpadEnter"].includes(event.code);
}

function editable(target) {
  return target instanceof HTMLElement && target.matches("input:not([type=radio], [type=checkbox]), textarea, select");
}

/** Calls onScan(text) for every burst that ends with Enter, and onIme(on) as keys tell whether an input method is on. */
export function listenToWedge(onScan, onIme = () => {}) {
  let burst = null;
  let scanned = -Infinity;

  document.addEventListener("keydown", (event) => {
    const tail = event.timeStamp - scanned < TAIL && !burst;
    if (tail && (isEnter(event) || (event.ctrlKey && event.code === "KeyJ"))) return swallow(event);
    if (event.ctrlKey || event.altKey || event.metaKey) return void (burst = null);
    if (isEnter(event)) {
      const done = burst;
      burst = null;
      if (done && isScan(done, event.timeStamp)) {
        // Neither the button in focus nor the form around the field takes this Enter for its own.
        swallow(event);
        scanned = event.timeStamp;
        putBack(done);
        onScan(done.text);
      }
      return;
    }
    // A key held down repeats as fast as a scanner types.
    if (event.repeat) return void (burst = null);
    const typed = character(event);
    if (throughIme(event)) onIme(true);
    else if (typed) onIme(!/^[\x20-\x7e]$/.test(event.key));
    if (!typed) {
      // Shift belongs to the burst; arrows, Tab and Backspace are a person's.
      if (event.key !== "Shift" && event.key !== "Process") burst = null;
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

function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function isScan({ text, began, last, pace }, now) {
  const mean = (last - began) / Math.max(1, [...text].length - 1);
  return text.trim().length >= LEAST && now - last <= pace.gap && mean <= pace.mean;
}

function putBack({ text, field, value }) {
  if (!field) return;
  const restore = () => {
    if (field.value === value) return;
    field.value = value;
    // Whoever watches the field as it is typed into sees it as it was, too.
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
  };
  restore();
  // An input method writes what it holds into the field only after the key is over, on a busy machine long after.
  field.addEventListener("compositionend", () => setTimeout(restore), { once: true });
  const late = ({ data }) => data?.normalize("NFKC") === text && setTimeout(restore);
  field.addEventListener("input", late);
  setTimeout(() => field.removeEventListener("input", late), LATE);
  setTimeout(restore);
  setTimeout(restore, 60);
}
