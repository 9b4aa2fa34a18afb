// Limits how often something is painted: figures four times a second, rows ten.

export const FIGURES_PER_SECOND = 4;
export const ROWS_PER_SECOND = 10;

// Due within a frame is due: what is asked for at each tick shall be painted at each tick, and not a little later.
const FRAME_MS = 17;

// Gives a function that asks for a painting; the first is done in the next animation frame, later ones wait their turn.
export function painter(paint, perSecond) {
  const gap = 1000 / perSecond;
  let asked = false;
  let last = -Infinity;
  const run = () => {
    asked = false;
    paint();
  };
  const soon = () => {
    last = performance.now();
    requestAnimationFrame(run);
  };
  return () => {
    if (asked) return;
    asked = true;
    const wait = last + gap - performance.now();
    if (wait <= FRAME_MS) soon();
    else setTimeout(soon, wait);
  };
}
