// Every live page but the board: the feed with its badge and band, parts that renew themselves, deeds, keys.
import "./feed-badge.js";
import "./feed-band.js";
import "./nav-counts.js";
import "./times.js";
import { feed } from "./board-feed.js";
import { listenForCopies } from "./copying.js";
import { listenForDeeds } from "./deeds.js";
import { listenForDialogs, open } from "./dialogs.js";
import { keepPartsLive, renewAll } from "./live-parts.js";
import { listenForRowKeys } from "./row-keys.js";
import { areOn, listenForKeys, switchTo } from "./shortcuts.js";
import { staySignedIn } from "./staying.js";
import { nameZone } from "./zone.js";

const letters = document.getElementById("single-letters");

letters.checked = areOn();
letters.addEventListener("change", () => switchTo(letters.checked));
listenForDialogs();
listenForDeeds();
listenForCopies();
listenForRowKeys();
listenForKeys({ "?": () => open("keys") });
document.addEventListener("deed-done", renewAll);
nameZone();
staySignedIn();
keepPartsLive();
feed.start();
