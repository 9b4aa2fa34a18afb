// Sends orders to the API portion by portion, and keeps what was answered for each. No DOM in here.
import { deed } from "./deeds.js";
import { gettext } from "./words.js";

const PORTION = 200;

// The ids of those that are meant: given at once, all and those of a first round, or asked for portion by portion.
export async function* portionsOf({ orders, firstOrders, error, chosen }, isFirstRound, run) {
  if (orders !== undefined) return yield* split(isFirstRound ? firstOrders : orders);
  const seen = new Set();
  // A page may hold nobody who is meant, many one behind the other: whoever stops does not wait for the last.
  for (let behind = ""; behind !== null && !run.isStopped; ) {
    const asked = new URLSearchParams({ ...(error === undefined ? {} : { error }), ...(isFirstRound ? { rounds: "first" } : {}) });
    if (behind) asked.set("behind", behind);
    const answer = await fetch(`${chosen}?${asked}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok) throw new Error(answer.statusText);
    const found = await answer.json();
    // One that could not be moved is still there, and is not asked for again.
    const fresh = found.orders.filter((id) => !seen.has(id));
    for (const id of fresh) seen.add(id);
    if (fresh.length) yield fresh;
    behind = found.next;
  }
}

function* split(text) {
  const ids = text.split(",").filter(Boolean);
  for (let start = 0; start < ids.length; start += PORTION) yield ids.slice(start, start + PORTION);
}

// run: { isStopped, sent, codes }, changed on the way; the answer is what stopped it, or null.
export async function move(portions, url, reason, run, tell) {
  // What the first portion is recorded under; with it the others are the same deed.
  let number = {};
  try {
    for await (const orders of portions) {
      if (run.isStopped) return null;
      const { answer, problem } = await deed(url, "POST", { orders, ...(reason ? { reason } : {}), ...number });
      if (problem) return problem;
      number = { deed: answer.deed };
      run.sent += orders.length;
      for (const { order_id: id, code } of answer.orders) run.codes.set(code, [...(run.codes.get(code) ?? []), id]);
      tell();
    }
    return null;
  } catch {
    return gettext("No answer came, so it is not known whether the last ones were moved. Look, then try again.");
  }
}
