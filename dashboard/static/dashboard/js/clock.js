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

const tellers = new Set();
let timer;

// Four times a second is as often as a figure may change; a hidden page counts nothing. All are told in one turn: with a
// moment for each, a page would be laid out and painted as often as there are ages on it.
export function onTick(tell) {
  tellers.add(tell);
  timer ??= setInterval(() => document.hidden || tellers.forEach(tellOne), TICK_MS);
  return () => tellers.delete(tell);
}

function tellOne(tell) {
  try {
    tell();
  } catch (error) {
    reportError(error);
  }
}
