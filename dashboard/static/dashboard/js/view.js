// What the board knows, and how a message changes it. No DOM in here: a view and a message give the next view.
import { isEarlier, newestFirst } from "./cursors.js";
import { FRAME, SNAPSHOT } from "./types.js";

export const ORDERS_SHOWN = 50;
// How long it is said that orders passed by unseen; a frame is shorter than anybody reads.
const PASSED_MS = 2000;
const NONE_PASSED = { count: 0, at: 0 };

export function apply(view, message) {
  switch (message.type) {
    case SNAPSHOT:
      return isAway(message) ? withoutRedis(view, message) : fromSnapshot(message);
    case FRAME:
      if (isAway(message)) return withoutRedis(view, message);
      // An equal cursor is applied: figures move while no order does.
      return isEarlier(message.cursor, view.cursor) ? view : merged(view, message);
    default:
      throw new Error(`unknown message type: ${message.type}`);
  }
}

// It replaces everything, even when its cursor is earlier: a failover takes the truth itself back.
export function fromSnapshot({ cursor, at, figures, workers, orders }) {
  return { cursor, at, figures, workers, orders, passed: NONE_PASSED, redisAwaySince: figures.redis === "away" ? at : null };
}

const isAway = ({ figures }) => figures?.redis === "away";

// Nothing is hidden while Redis is away: figures stay, with the moment from which on they are old. Rows are taken:
// the server counts them as seen and does not send them again.
function withoutRedis(view, { cursor, at, orders, left_out }) {
  const kept = isEarlier(cursor, view.cursor) ? view : merged(view, { cursor, at, orders, left_out });
  return { ...kept, redisAwaySince: view.redisAwaySince ?? at };
}

function merged(view, { cursor, at, figures, workers, orders, left_out: leftOut = 0 }) {
  return {
    cursor,
    at,
    figures: figures ?? view.figures,
    workers: workers ?? view.workers,
    orders: orders.length ? withRows(view.orders, orders) : view.orders,
    passed: leftOut ? { count: leftOut, at } : at - view.passed.at < PASSED_MS ? view.passed : NONE_PASSED,
    redisAwaySince: figures ? null : view.redisAwaySince,
  };
}

function withRows(shown, changed) {
  const rows = new Map(shown.map((row) => [row.id, row]));
  for (const row of changed) {
    // No view goes back in version (I11).
    if (row.version > (rows.get(row.id)?.version ?? -1)) rows.set(row.id, row);
  }
  return [...rows.values()].sort(newestFirst).slice(0, ORDERS_SHOWN);
}
