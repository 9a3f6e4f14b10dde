// Where things are taken. The places in use come from the ledger and are kept for halls without a network; any other
// place can be written.

import { newOpId } from "./op_id.js";
import { PATIENCE } from "./post.js";

const KEPT = "tsunagu.desk.places";
const byId = (id) => document.getElementById(id);

export class Mover {
  #form = byId("mover");
  #shown = byId("place");
  #onChosen;
  #opened = false; // Somebody wants another place; until one is chosen the old one stands.
  /** null until somebody chose: {key, wire, name, taken}. Another place begins anew. */
  target = null;

  /** onChosen(target) after every choice. */
  constructor(onChosen) {
    this.#onChosen = onChosen;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#choose();
    });
    byId("place-change").addEventListener("click", () => this.open());
    this.#offer(kept());
    this.#load();
  }

  /** Moving shows the place, or asks for it; other acts need none. */
  show(moving) {
    const asking = this.target === null || this.#opened;
    this.#form.hidden = !moving || !asking;
    this.#shown.hidden = !moving || asking;
  }

  open() {
    this.#opened = true;
    this.#form.hidden = false;
    this.#shown.hidden = true;
    byId("mover-wrong").textContent = "";
    byId("place-known").focus();
  }

  #choose() {
    const name = byId("place-other").value.trim() || byId("place-known").value;
    byId("mover-wrong").textContent = name ? "" : "移動先を選ぶか、書いてください。";
    if (!name) return void byId("place-known").focus();
    this.resume({ key: newOpId(), wire: { place: name }, name, taken: new Map() });
  }

  /** Go on with a place: the one just chosen, or that of the same window before it was loaded again. */
  resume(target) {
    this.target = target;
    this.#opened = false;
    byId("place-name").textContent = target.name;
    this.show(true);
    this.#onChosen(target);
  }

  async #load() {
    try {
      const answer = await fetch("/api/places", { signal: AbortSignal.timeout(PATIENCE) });
      if (!answer.ok) return;
      const places = (await answer.json()).items.map((place) => place.name ?? place);
      localStorage.setItem(KEPT, JSON.stringify(places));
      this.#offer(places);
    } catch {
      // No network: what was kept is offered, and any place can be written.
    }
  }

  #offer(places) {
    const list = byId("place-known");
    const before = list.value;
    const known = new Set([...list.options].map((option) => option.value));
    list.append(...places.filter((place) => !known.has(place)).map((place) => new Option(place, place)));
    list.value = before;
  }
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? [];
  } catch {
    return [];
  }
}
