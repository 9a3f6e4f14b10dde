// Two clocks that disagree: this machine's and the server's. The ledger orders what a desk did by occurred_at plus
// clock_offset_ms, so that sum must only ever grow on one machine, whatever is done to its clock.

// A better figure within this is noise: the Date header is cut to whole seconds, and answers take their time.
const NOISE = 2_000;

/** What a machine remembers of its clock: offset is server minus machine (ms, null while unknown), known within. */
export const UNSET = { seq: 0, last: 0, offset: null, within: Infinity };

/** The memory after the server told its time. within: half of what the figure may be off, ms. */
export function learned(clock, offset, within) {
  const known = clock.offset !== null;
  const moved = known && Math.abs(offset - clock.offset) > NOISE + within;
  // A change by a few milliseconds now and then would only shuffle what happened in one second.
  if (known && !moved && within * 4 > clock.within) return clock;
  return { ...clock, offset: Math.round(offset), within };
}

/** The next stamp: {seq, occurred_at (ms, this machine's clock), offset, when (ms, the server's)} and the memory after. */
export function stamped(clock, now) {
  const offset = clock.offset ?? 0;
  const when = Math.max(Math.floor(now) + offset, clock.last + 1);
  const stamp = { seq: clock.seq, occurredAt: when - offset, offset: clock.offset, when };
  return [stamp, { ...clock, seq: clock.seq + 1, last: when }];
}
