// How long to wait before the next attempt to connect: doubling, capped, with full jitter above a floor.

const FLOOR_MS = 250;
const CAP_MS = 15_000;

// A thousand browsers that lost the same server must not come back in the same second.
export function delayMs(attempt, random = Math.random) {
  const most = Math.min(CAP_MS, FLOOR_MS * 2 ** attempt);
  return Math.round(FLOOR_MS + random() * most);
}

export function afterDrainMs(told, random = Math.random) {
  return Math.round(told * (1 + random()));
}
