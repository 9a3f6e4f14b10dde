// What a person says of a device that came back otherwise than it went: accessories by count, damage in words and
// pictures. Whoever finds nothing wrong says nothing at all.

import { make, mark } from "./runs.js";
import { shrunk } from "./pictures.js";

const WORDS = ["画面が割れている", "電源が入らない", "充電できない", "ぬれた", "外側に傷がある"];
const MOST_PICTURES = 3;
let serial = 0; // Fields of several rows stand on one page.

export class Differing {
  #counts = new Map(); // accessory → {input, lent}
  #broken;
  #note;
  #pictures = []; // {blob, item}
  #shots;
  #said;

  /** accessories: name → how many went out. element is what to put on the page. */
  constructor(accessories) {
    serial += 1;
    this.element = make("div", { class: "differing" });
    for (const [name, lent] of Object.entries(accessories)) this.element.append(this.#counter(name, lent));
    this.element.append(...this.#damage());
  }

  /** {condition, pictures}: condition is null when nothing differs. */
  read() {
    const counted = [...this.#counts].map(([name, { input }]) => [name, whole(input)]);
    const short = [...this.#counts].some(([name, { lent }]) => lent !== counted.find(([one]) => one === name)[1]);
    const ok = !this.#broken.checked;
    if (ok && !short) return { condition: null, pictures: [] };
    const condition = { ok };
    if (!ok && this.#note.value.trim()) condition.note = this.#note.value.trim();
    if (this.#counts.size) condition.accessories = Object.fromEntries(counted);
    return { condition, pictures: ok ? [] : this.#pictures.map(({ blob }) => blob) };
  }

  /** What differs, in the words of a row: 「充電器が1つ足りません」. */
  words() {
    const missing = [...this.#counts].map(([name, { input, lent }]) => [name, lent - whole(input)]);
    const short = missing.filter(([, less]) => less > 0).map(([name, less]) => `${name}が${less}つ足りません`);
    const more = missing.filter(([, less]) => less < 0).map(([name, less]) => `${name}が${-less}つ多いです`);
    const broken = this.#broken.checked ? [this.#note.value.trim() || "こわれています"] : [];
    return [...short, ...more, ...broken].join("、");
  }

  focus() {
    this.element.querySelector("button, input").focus();
  }

  #counter(name, lent) {
    const id = `back-${serial}-${this.#counts.size}`;
    const input = make("input", {
      type: "number", id, min: "0", max: "99", inputmode: "numeric", autocomplete: "off", value: String(lent),
    });
    const step = (by) => () => {
      input.value = String(Math.min(99, Math.max(0, whole(input) + by)));
    };
    this.#counts.set(name, { input, lent });
    const [less, more] = [[-1, "減らす", "−"], [1, "増やす", "＋"]].map(([by, word, sign]) =>
      make("button", { type: "button", class: "btn", "aria-label": `${name}を1つ${word}`, click: step(by) }, sign));
    const label = make("label", { for: id }, name, make("small", {}, `　貸した数 ${lent}`));
    return make("div", { class: "counter" }, label, make("span", { class: "steps" }, less, input, more));
  }

  #damage() {
    this.#broken = make("input", { type: "checkbox", autocomplete: "off" });
    const id = `wrong-${serial}`;
    this.#note = make("textarea", { id, rows: "2", maxlength: "1000", autocomplete: "off" });
    const words = WORDS.map((word) => make("button", { type: "button", class: "btn", click: () => this.#add(word) }, word));
    const file = make("input", {
      type: "file", accept: "image/*", capture: "environment", tabindex: "-1", "aria-label": "こわれたところの写真", hidden: "",
    });
    file.addEventListener("change", () => this.#shoot(file));
    const take = make("button", { type: "button", class: "btn", click: () => file.click() }, mark("camera"), "写真をとる");
    this.#shots = make("ul", { class: "shots" });
    this.#said = make("p", { class: "wrong", role: "alert" });
    const told = make("div", { class: "told", hidden: "" },
      make("div", { class: "field" }, make("label", { for: id }, "どこがこわれているか"),
        make("p", { class: "words" }, ...words), this.#note),
      make("div", {}, take, file), this.#shots, this.#said);
    this.#broken.addEventListener("change", () => {
      told.hidden = !this.#broken.checked;
    });
    const choice = make("label", { class: "choice" }, this.#broken, make("span", {}, "こわれている、気になるところがある"));
    return [choice, told];
  }

  #add(word) {
    const before = this.#note.value.trim();
    if (!before.includes(word)) this.#note.value = before ? `${before}、${word}` : word;
  }

  async #shoot(file) {
    const [picture] = file.files;
    if (!picture) return;
    this.#said.textContent = "";
    try {
      const blob = await shrunk(picture);
      if (this.#pictures.length >= MOST_PICTURES) this.#said.textContent = `写真は${MOST_PICTURES}枚までです。`;
      else this.#show(blob);
    } catch {
      this.#said.textContent = "この写真は開けません。もう一度とってください。写真がなくても記録できます。";
    }
    file.value = "";
  }

  #show(blob) {
    const address = URL.createObjectURL(blob);
    const kept = { blob };
    const drop = () => {
      URL.revokeObjectURL(address);
      this.#pictures.splice(this.#pictures.indexOf(kept), 1);
      item.remove();
    };
    const number = this.#pictures.length + 1;
    const item = make("li", {},
      make("img", { src: address, alt: `こわれたところの写真 ${number}枚め` }),
      make("button", { type: "button", class: "btn quiet", click: drop }, "消す"));
    this.#pictures.push(kept);
    this.#shots.append(item);
  }
}

function whole(input) {
  const number = Number(input.value.normalize("NFKC"));
  return Number.isInteger(number) && number >= 0 ? Math.min(number, 99999) : 0;
}
