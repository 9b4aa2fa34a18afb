// The board's page: makes its elements live, opens the feed, and gives the keys their deeds.
import "./board-alarms.js";
import "./board-charts.js";
import "./board-figures.js";
import "./board-ledger.js";
import "./board-ranking.js";
import "./feed-badge.js";
import "./feed-band.js";
import "./nav-counts.js";
import "./order-rows.js";
import "./place-many.js";
import "./place-order.js";
import "./worker-rows.js";
import { announceIn } from "./announcer.js";
import { feed } from "./board-feed.js";
import { listenForDialogs, open } from "./dialogs.js";
import { areOn, listenForKeys, switchTo } from "./shortcuts.js";
import { staySignedIn } from "./staying.js";
import { tickIn } from "./wall.js";
import { nameZone } from "./zone.js";

// A wall has neither lists nor dialogs, and nobody at its keyboard.
if (document.documentElement.hasAttribute("data-wall")) tickIn(document.querySelector("[data-clock]"));
else listen();
announceIn(document.getElementById("announcement"));
// The form without scripts leads here with the order it placed; the page that came shows it, a later one need not.
if (location.search.startsWith("?placed=")) history.replaceState(null, "", location.pathname);
nameZone();
staySignedIn();
feed.start();

function listen() {
  const orders = document.querySelector("order-rows");
  const letters = document.getElementById("single-letters");
  letters.checked = areOn();
  letters.addEventListener("change", () => switchTo(letters.checked));
  document.addEventListener("order-placed", ({ detail }) => orders.mark(detail));
  listenForDialogs();
  listenForKeys({ n: () => open("place"), "?": () => open("keys"), ".": () => orders.toggleHold() });
}
