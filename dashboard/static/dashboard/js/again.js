// An order that was placed again: a note on each of the two names the other, so that neither is found without it.
// dashboard/again.py writes the same without scripts: kept with the orders, so in one language whoever reads it.
import { deed } from "./deeds.js";
import { renewAll } from "./live-parts.js";
import { fill, gettext } from "./words.js";

export async function notePlacedAgain(newId) {
  const place = document.querySelector("place-order");
  const { again: oldId, notes } = place.dataset;
  const texts = [
    [oldId, `Placed again as ${newId}`],
    [newId, `Placed again from ${oldId}`],
  ];
  const answers = await Promise.all(texts.map(([id, text]) => deed(notes.replace("0-0", id), "POST", { text })));
  const refused = answers.find(({ problem }) => problem);
  // The order is placed in any case; only its link is missing.
  if (refused) place.say("warning", fill(gettext("Placed as %(id)s, but not noted: %(problem)s"), { id: newId, ...refused }));
  renewAll();
}
