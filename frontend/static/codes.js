// What a label says, told apart without asking the ledger. The ledger alone decides what a code stands for
// (inventory/text.py reads the same shapes); this module only knows whether two readings are the same label.

// The quasigroup of order 10 in H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004, p. 111.
const DAMM = [
  "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
  "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
];
const HYPHENS = /[‐‑‒–—―−－ー]/g;
const LABEL_ADDRESS = /^(?:.*[/・])?T[/・]([0-9]{8})[/・]?(?:[?#].*)?$/;

/** Half-width, upper-case, without blanks and control characters: how two spellings of a code become one. */
export function narrow(text) {
  return text.normalize("NFKC").replace(/[\s\p{Cc}\p{Cf}]/gu, "").replace(HYPHENS, "-").toUpperCase();
}

/** Whether eight digits end in the check digit of the other seven. */
export function dammFits(number) {
  return /^[0-9]{8}$/.test(number) && [...number].reduce((state, digit) => DAMM[state][digit], "0") === "0";
}

/** The eight digits in a label's address or in a bare number, whatever their check digit; null when there are none. */
export function digitsIn(text) {
  const code = narrow(text);
  const address = LABEL_ADDRESS.exec(code);
  const number = address ? address[1] : code.replaceAll("-", "");
  return /^[0-9]{8}$/.test(number) ? number : null;
}

/** The same for every reading of one label: its number, or else the code itself. */
export function identity(text) {
  return digitsIn(text) ?? narrow(text);
}

/** As it is printed and read out: 4821 7390. Other codes stay, cut where they would fill the line. */
export function spoken(text) {
  const number = digitsIn(text);
  if (number) return `${number.slice(0, 4)} ${number.slice(4)}`;
  const code = narrow(text);
  return code.length > 32 ? `${code.slice(0, 31)}…` : code;
}
