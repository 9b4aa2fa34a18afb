// Tells the server the last message applied: cumulative, at most once a second.
import { ACKNOWLEDGE_CURSOR } from "./types.js";

const EVERY_MS = 1000;

// `at` goes along because frames without orders share a cursor. A message comes every two seconds at least, so no timer.
export function acknowledger(send, nowMs = () => performance.now()) {
  let last = -Infinity;
  return ({ cursor, at }) => {
    if (nowMs() - last < EVERY_MS) return;
    last = nowMs();
    send({ type: ACKNOWLEDGE_CURSOR, cursor, at });
  };
}
