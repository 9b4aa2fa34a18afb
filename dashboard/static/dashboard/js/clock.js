// The server's clock as the browser knows it. What is stored carries the server's time; ages are counted here.

const DRIFT = 0.05;
const TICK_MS = 250;

let offset = 0;
let isSet = false;

// The message that took the least time tells the offset best; the slow pull follows a clock that drifts.
export function hear(serverMs, localMs = Date.now()) {
  const heard = serverMs - localMs;
  offset = !isSet || heard > offset ? heard : offset + (heard - offset) * DRIFT;
  isSet = true;
}

export const now = () => Date.now() + offset;
export const secondsSince = (ms) => (now() - ms) / 1000;

// Four times a second is as often as a figure may change; a hidden page counts nothing.
export function onTick(tell) {
  const timer = setInterval(() => document.hidden || tell(), TICK_MS);
  return () => clearInterval(timer);
}
