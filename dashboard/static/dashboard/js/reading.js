// Says to screen readers what a page says in its first sentence: at most every ten seconds, and only new words.

const EVERY_MS = 10_000;

// Figures move all the time; what they are about does not.
const withoutFigures = (text) => text.replace(/[\d.,\s]+/g, " ");

// text(): what is to be said now, undefined where there is nothing.
export function announceChanges(region, text) {
  let said = withoutFigures(text() ?? "");
  setInterval(() => {
    const words = text() ?? "";
    if (withoutFigures(words) === said) return;
    said = withoutFigures(words);
    region.textContent = words;
  }, EVERY_MS);
}
