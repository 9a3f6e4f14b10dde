// A case stands for all its devices. When some are not in it, a person ticks them and the act is done again without them.

import { make } from "./runs.js";

/** What to press on, for the members of a case: [{asset_number, call_number}]; gone are those known not to be there. */
export class Members {
  #boxes = new Map(); // asset number → checkbox

  constructor(members, gone = []) {
    const lines = members.map(({ asset_number: asset, call_number: call }) => {
      const box = make("input", { type: "checkbox", autocomplete: "off" });
      box.checked = gone.includes(asset);
      this.#boxes.set(asset, box);
      const calls = call ? [make("b", { class: "call" }, `${call}番`), " "] : [];
      const name = make("span", {}, ...calls, make("span", { class: "num" }, asset));
      return make("label", { class: "choice" }, box, name);
    });
    const legend = make("legend", {}, "ここにない端末に印をつけてください");
    this.element = make("fieldset", { class: "field choices members" }, legend, ...lines);
  }

  /** The asset numbers of those that are not there. */
  read() {
    return [...this.#boxes].filter(([, box]) => box.checked).map(([asset]) => asset);
  }

  get all() {
    return this.#boxes.size;
  }

  focus() {
    this.element.querySelector("input").focus();
  }
}
