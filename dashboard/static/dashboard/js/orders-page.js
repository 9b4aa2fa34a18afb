// The list of orders, beside what every live page has: its newest rows, and the drawer.
import "./orders-list.js";
import "./place-order.js";
import { zone } from "./format.js";
import { listenForKeys } from "./shortcuts.js";

const list = document.querySelector("orders-list");

document.addEventListener("order-placed", ({ detail }) => list.await(detail));
listenForKeys({ ".": () => list.toggleHold() });
for (const field of document.querySelectorAll("[data-viewers-zone]")) field.value = zone;
