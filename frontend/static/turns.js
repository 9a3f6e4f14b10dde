// What belongs together on the running list: the scans of one loan, or of one act chosen once. A window that is loaded
// again goes on where it was.

import { identity } from "./codes.js";
import { newOpId } from "./op_id.js";

const KEPT = "tsunagu.desk.turn";
const turns = new Map(); // key → turn

/** An act without a target begins anew each time it is chosen: {key, taken} where taken is identity → row. */
export function newTurn(key = newOpId()) {
  return known({ key, taken: new Map() });
}

/** From now on a record that names this turn's key belongs to it. */
export function known(turn) {
  turns.set(turn.key, turn);
  return turn;
}

/** The turn of a record from the store, made when this page does not have it yet; null for acts of no turn. */
export function turnOf({ turn, wire }) {
  if (!turn) return null;
  return turns.get(turn) ?? known({ key: turn, taken: new Map(), wire: wire?.target, due: wire?.due, batch: wire?.batch });
}

/** Whoever reads this label again in the same turn has read it before. */
export function remind(row) {
  row.session?.taken.set(identity(row.code), row);
  if (row.device) row.session?.taken.set(identity(row.device), row);
}

/** Keep what this window is about: {act, turn, target, place, course}. Another window begins by itself. */
export function keepTurn({ act, turn, target, place, course }) {
  const plain = (one) => one && { ...one, taken: undefined };
  const kept = { act, turn: turn.key, target: plain(target), place: plain(place), course };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
}

/** The same after this window was loaded again; null in a new one. */
export function keptTurn() {
  if (performance.getEntriesByType("navigation")[0]?.type !== "reload") return null;
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    const again = (one) => one && known({ ...one, taken: new Map() });
    return kept && { ...kept, target: again(kept.target), place: again(kept.place) };
  } catch {
    return null;
  }
}
