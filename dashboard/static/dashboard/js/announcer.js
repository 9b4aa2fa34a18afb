// Says the board's sentence to screen readers.
import { feed } from "./board-feed.js";
import { announceChanges } from "./reading.js";
import { sentence } from "./sentence.js";

export const announceIn = (region) => announceChanges(region, text);

function text() {
  const { lead, head, body, more } = sentence(feed.view);
  return `${lead}${head}${body} ${more}`;
}
