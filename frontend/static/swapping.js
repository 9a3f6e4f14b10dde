// One unit in another's place: first the worn one is scanned, then the fresh one. The seat and the loan stay.

import { Differing } from "./differing.js";

const byId = (id) => document.getElementById(id);

export class Swapper {
  #differing = null;
  /** null, or what is to be replaced: {asset_number, call_number, code}. */
  worn = null;

  constructor() {
    byId("swap-stop").addEventListener("click", () => this.begin());
    this.begin();
  }

  show(swapping) {
    byId("swapping").hidden = !swapping;
  }

  /** Ask for the worn one; whatever was begun is forgotten. */
  begin() {
    this.worn = null;
    this.#differing = null;
    this.#ask("交換", "取り替える端末を読み取ってください", "いま貸しているほう（こわれた端末など）です。");
    byId("swap-stop").hidden = true;
    byId("swap-wrong").hidden = true;
    byId("swap-wrong").open = false;
    byId("swap-differs").replaceChildren();
  }

  #ask(step, what, note) {
    byId("swap-step").textContent = step;
    byId("swap-what").textContent = what;
    byId("swap-note").textContent = note;
  }

  /** The worn one is known: ask for the fresh one. device: {asset_number, call_number}; accessories: name → count. */
  take(device, code, accessories) {
    this.worn = { ...device, code };
    this.#differing = new Differing(accessories);
    const call = device.call_number ? `（${device.call_number}番）` : "";
    const keeps = "席と返す日は、そのまま引きつぎます。";
    this.#ask(`交換　${device.asset_number}${call} のかわり`, "かわりに渡す端末を読み取ってください", keeps);
    byId("swap-stop").hidden = false;
    byId("swap-wrong").hidden = false;
    byId("swap-differs").replaceChildren(this.#differing.element);
  }

  /** What the act carries besides the fresh one's code: {wire, pictures, aside}. */
  read() {
    const { condition, pictures } = this.#differing.read();
    const device = this.worn.asset_number;
    const aside = [`${device} のかわり`, this.#differing.words()].filter(Boolean).join("　");
    return { wire: { target: { device }, ...(condition && { condition }) }, pictures, aside };
  }
}
