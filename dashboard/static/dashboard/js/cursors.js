// Entry ids ("<ms>-<seq>") compared as numbers: cursors of the log, and orders by their age.

export function compare(left, right) {
  const [leftMs, leftSeq] = left.split("-").map(BigInt);
  const [rightMs, rightSeq] = right.split("-").map(BigInt);
  if (leftMs !== rightMs) return leftMs < rightMs ? -1 : 1;
  if (leftSeq !== rightSeq) return leftSeq < rightSeq ? -1 : 1;
  return 0;
}

export const isEarlier = (cursor, than) => compare(cursor, than) < 0;
const TAIL_DIGITS = 5;

// The head repeats from order to order; the last digits of the time and the sequence tell one from its neighbours.
export function headAndTail(id) {
  const cut = Math.max(0, id.indexOf("-") - TAIL_DIGITS);
  return [id.slice(0, cut), id.slice(cut)];
}

export const newestFirst = (left, right) => compare(right.id, left.id);
