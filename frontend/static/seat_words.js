// What a seat is, and how a row and the band say it: a number on a table, never a name.

const WRITTEN = /^([A-Z]{0,2}-?)([0-9]{1,3})$/;

/** 3 and A-3 say what they are; anything else is no seat: {lead, number} or null. */
export function seatRead(text) {
  const found = WRITTEN.exec(text.normalize("NFKC").replace(/\s|席|番/g, "").toUpperCase());
  return found && { lead: found[1], number: Number(found[2]) };
}

/** The seats that a row has taken: a case takes one for each of its devices. */
export function seatsOf({ wire, members, size }) {
  const first = wire?.seat && seatRead(wire.seat);
  if (!first) return [];
  return Array.from({ length: members ? size : 1 }, (_, more) => first.lead + (first.number + more));
}

/** 席3, or 席1〜15 for a case; '' for an act without a seat. */
export function seatWords(row) {
  const seats = seatsOf(row);
  if (seats.length > 1) return `席${seats[0]}〜${seats.at(-1)}`;
  return row.wire?.seat ? `席${row.wire.seat}` : "";
}

/** What the band calls a row: its seat and its call number, large, where it has a seat. */
export function titleOf(row) {
  const seat = seatWords(row);
  if (!seat) return row.shown;
  const title = document.createElement("span");
  title.className = "seated";
  title.append([seat, row.call && `${row.call}番`].filter(Boolean).join("　"));
  const name = document.createElement("small");
  name.textContent = row.shown;
  title.append(" ", name);
  return title;
}
