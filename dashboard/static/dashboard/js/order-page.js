// An order's page, beside what every live page has: where the time went, notes, placing it again.
import "./note-form.js";
import "./place-order.js";
import "./time-span.js";
import { notePlacedAgain } from "./again.js";
import { announceChanges } from "./reading.js";

document.addEventListener("order-placed", ({ detail }) => notePlacedAgain(detail));
announceChanges(document.getElementById("announcement"), () => document.querySelector("#order .sentence")?.textContent);
