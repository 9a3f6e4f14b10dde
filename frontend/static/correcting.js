// What a scan turned out not to be: a charger is missing, a screen is broken, a case is not full. The row asks for just
// that, and the act is done again as it was: nobody fills in anything when nothing differs.

import { Members } from "./casework.js";
import { Differing } from "./differing.js";
import { pack } from "./pack.js";
import { STATES, make } from "./runs.js";

const OF_CASES = new Set(["lend", "return", "inspect", "wipe", "move"]);

export class Corrector {
  #runs;
  #redo;
  #accessories;

  /** redo(row, {wire, aside, pictures}): the act again in the row's place. accessories: pool → name → count. */
  constructor(runs, redo, accessories) {
    this.#runs = runs;
    this.#redo = redo;
    this.#accessories = accessories;
  }

  /** The presses of a row that may still be put right; may: whether its act may still be undone. */
  fixes(row, may) {
    if (!may || row.form || !STATES[row.state].live) return [];
    if (row.members && OF_CASES.has(row.act)) {
      return [{ text: "足りない端末がある", press: () => this.#askMembers(row) }];
    }
    if (row.act === "return" && !row.members) {
      return [{ text: row.aside ? "書き直す" : "ちがうところがある", press: () => this.#askDifference(row) }];
    }
    return [];
  }

  async #askDifference(row) {
    const differing = new Differing(await this.#counted(row));
    this.#open(row, differing, "ちがうところを記録する", () => {
      const { condition, pictures } = differing.read();
      // Everything as it should be: so it was told already, unless something else was told before.
      if (!condition && !row.aside) return null;
      return { wire: condition ? { condition } : {}, aside: differing.words(), pictures };
    });
  }

  #askMembers(row) {
    const listed = row.members.map((asset) => {
      const call = pack.find(asset)?.device?.call_number ?? null;
      return { asset_number: asset, call_number: call };
    });
    const members = new Members(listed, row.without ?? []);
    this.#open(row, members, "印の端末をのぞいて記録し直す", (wrong) => {
      const without = members.read();
      if (without.length === members.all) {
        wrong.textContent = "1台もないときは、「取り消す」を押してください。";
        return undefined;
      }
      return { wire: { without }, aside: "", pictures: [] };
    });
  }

  /** read(wrong) gives what to do again, null when there is nothing to do, undefined when something must be put right. */
  #open(row, part, words, read) {
    if (row.form) return;
    const wrong = make("p", { class: "wrong", role: "alert" });
    const acts = make("p", { class: "acts" },
      make("button", { type: "submit", class: "btn main" }, words),
      make("button", { type: "button", class: "btn quiet", click: () => this.#close(row) }, "やめる"));
    const form = make("form", { autocomplete: "off", "aria-label": `${row.shown}：${words}` }, part.element, wrong, acts);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const again = read(wrong);
      if (again === undefined) return;
      this.#close(row);
      if (again) this.#redo(row, again);
    });
    row.form = form;
    this.#runs.draw(row);
    part.focus();
  }

  #close(row) {
    row.form = null;
    this.#runs.draw(row);
    this.#runs.focus(row);
  }

  /** What went out with the device: as its loan says, or as its pool has it when the ledger cannot be asked. */
  async #counted(row) {
    const asset = row.device ?? row.shown;
    const pool = pack.find(row.code)?.device?.pool ?? pack.find(asset)?.device?.pool;
    const listed = this.#accessories[pool] ?? {};
    if (!row.loan) return listed;
    try {
      const path = `/api/loans/${encodeURIComponent(row.loan)}`;
      const answer = await fetch(path, { signal: AbortSignal.timeout(2_500) });
      const items = (await answer.json()).items.filter((item) => item.asset_number === asset);
      return items.at(-1)?.accessories ?? listed;
    } catch {
      return listed;
    }
  }
}
