// This page's feed, begun from the snapshot that the page was rendered with.
import { Feed } from "./feed.js";

const snapshot = JSON.parse(document.getElementById("snapshot").textContent);
const path = document.getElementById("board").dataset.feed;

export const feed = new Feed(snapshot, new URL(path, location.href).href.replace(/^http/, "ws"));
