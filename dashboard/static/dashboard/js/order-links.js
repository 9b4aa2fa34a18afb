// Links to orders, one behind the other; they stay the same nodes while they lead to the same orders.
import { headAndTail } from "./cursors.js";

// orders: the path that the id of an order stands behind.
export function linkOrders(place, ids, orders) {
  const known = ids.join(" ");
  if ((place.dataset.ids ?? "") === known) return;
  place.dataset.ids = known;
  place.replaceChildren(...ids.flatMap((id, k) => (k ? [" ", link(id, orders)] : [link(id, orders)])));
}

function link(id, orders) {
  const made = Object.assign(document.createElement("a"), { className: "oid", href: `${orders}${id}/`, title: id });
  const [head, tail] = headAndTail(id).map((text) => Object.assign(document.createElement("span"), { textContent: text }));
  tail.className = "tail";
  made.append(head, tail);
  return made;
}
