// The dead letters, beside what every live page has: selecting them, and moving many.
import "./dead-letters.js";
import { listenForPreflights } from "./preflight.js";

listenForPreflights(document.getElementById("preflight"), document.querySelector("dead-letters"));
