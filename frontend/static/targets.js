// To whom the desk lends. The choices came with the page; choosing asks nobody.

import { newOpId } from "./op_id.js";

const byId = (id) => document.getElementById(id);

export class Chooser {
  #form = byId("chooser");
  #shown = byId("target");
  #opened = false; // somebody wants another target; until one is chosen the old one stands
  #onChosen = () => {};
  #associations;
  /**
   * null until somebody chose: {key, wire, due, name, note, until, needs, pack, batch, taken, loan}. One target, one batch,
   * one loan. pack: {venue, on} of the pack that belongs to it; null for that of every hall today.
   */
  target = null;

  /** onChosen(target) after every choice. */
  constructor(onChosen) {
    this.#onChosen = onChosen;
    this.#associations = byId("to-association").cloneNode(true);
    for (const told of ["change", "input"]) this.#form.addEventListener(told, () => this.#refresh());
    byId("narrow").addEventListener("input", () => this.#narrow());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#choose();
    });
    byId("target-change").addEventListener("click", () => this.open());
    this.#refresh();
    if (this.#form.dataset.chosen !== undefined) this.#choose();
  }

  /** Lending shows the target, or asks for it; other acts need none. */
  show(lending) {
    const asking = this.target === null || this.#opened;
    this.#form.hidden = !lending || !asking;
    this.#shown.hidden = !lending || asking;
  }

  open() {
    this.#opened = true;
    this.#form.hidden = false;
    this.#shown.hidden = true;
    byId("chooser-wrong").textContent = "";
    this.#form.querySelector("[name=kind]:checked").focus();
  }

  /** What stands above the scans: the loan is linked as soon as it has a number, and signed while people are here. */
  showLoan(number, agreement = null) {
    this.target.loan = number;
    this.target.unsigned = agreement === "missing";
    byId("target-sign").href = `/loans/${encodeURIComponent(number)}/agreement/sign`;
    const link = byId("target-loan");
    link.href = `/loans/${encodeURIComponent(number)}`;
    link.textContent = `貸出 ${number} を開く`;
  }

  get #kind() {
    return this.#form.querySelector("[name=kind]:checked").value;
  }

  /** Words of what is selected now: {value, name, note, until}; value is '' when nothing is. */
  #selected() {
    const field = byId(`to-${this.#kind}`);
    if (this.#kind === "section") {
      const name = field.value.trim();
      return { value: name, name, note: "庁内の課", until: "" };
    }
    const option = field.selectedOptions?.[0];
    return option ? { value: option.value, ...option.dataset } : { value: "", name: "", note: "", until: "" };
  }

  #refresh() {
    for (const part of this.#form.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== this.#kind;
    const { value, note, until } = this.#selected();
    byId("to-head").textContent = this.#kind === "association" && value ? `${note}　${until}` : "";
    const on = byId("due-on").value;
    const otherwise = value ? "貸出区分で決めた日数" : "貸出先を選ぶと、ここに出ます";
    byId("due-default").textContent = on ? `${dayWords(on)}まで` : until || otherwise;
  }

  #narrow() {
    const words = fold(byId("narrow").value);
    const list = byId("to-association");
    const before = list.value;
    // Taken out instead of hidden: not every browser hides a single option.
    const groups = [...this.#associations.children].map((group) => {
      const kept = group.cloneNode(false);
      const all = fold(group.label).includes(words);
      const fits = (option) => all || fold(option.dataset.name + option.dataset.note).includes(words);
      kept.append(...[...group.children].filter(fits).map((option) => option.cloneNode(true)));
      return kept;
    });
    list.replaceChildren(...groups.filter((group) => group.children.length));
    list.value = before;
    if (list.selectedIndex < 0 && list.options.length === 1) list.selectedIndex = 0;
    this.#refresh();
  }

  #choose() {
    const { value, name, note, until, needs, venue, day } = this.#selected();
    if (!value) {
      byId("chooser-wrong").textContent = "貸出先を選んでください。";
      byId(`to-${this.#kind}`).focus();
      return;
    }
    byId("chooser-wrong").textContent = "";
    const on = byId("due-on").value;
    const batch = newOpId();
    this.resume({
      key: batch,
      wire: { [this.#kind]: value },
      due: on ? { on } : undefined,
      name,
      note,
      until: on ? `${dayWords(on)}まで` : until,
      needs: Number(needs) || null,
      pack: { course: { venue: venue || null, on: day }, venue: { venue: value, on: null } }[this.#kind] ?? null,
      batch,
      taken: new Map(),
      loan: null,
    });
  }

  /** Go on with a target: the one just chosen, or that of the same window before it was loaded again. */
  resume(target) {
    this.target = target;
    this.#opened = false;
    byId("target-note").textContent = `貸出先　${target.note}`;
    byId("target-name").textContent = target.name;
    byId("target-due").textContent = target.until;
    if (target.loan) this.showLoan(target.loan, target.unsigned ? "missing" : null);
    this.show(true);
    this.#onChosen(target);
  }

  /** What an address names, on a page that this machine kept; nothing when the page does not offer it. */
  pick(kind, value) {
    const option = [...(byId(`to-${kind}`)?.options ?? [])].find((one) => one.value === value);
    if (!option) return;
    this.#form.querySelector(`[name=kind][value=${kind}]`).checked = true;
    option.selected = true;
    this.#refresh();
    this.#choose();
  }
}

function fold(text) {
  const katakana = (kana) => String.fromCharCode(kana.charCodeAt(0) + 0x60);
  return text.normalize("NFKC").replace(/\s/g, "").replace(/[ぁ-ゖ]/g, katakana).toLowerCase();
}

function dayWords(day) {
  const date = new Date(`${day}T00:00:00+09:00`);
  const parts = { timeZone: "Asia/Tokyo", month: "long", day: "numeric" };
  const week = new Intl.DateTimeFormat("ja-JP", { timeZone: "Asia/Tokyo", weekday: "short" }).format(date);
  return `${new Intl.DateTimeFormat("ja-JP", parts).format(date)}（${week}）`;
}
