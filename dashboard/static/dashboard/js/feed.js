// The board's one source: holds the view, keeps the socket, and tells whoever asked when either changed.
import { mayStillWatch, showWhy } from "./access.js";
import { acknowledger } from "./acknowledgement.js";
import { hear, now } from "./clock.js";
import { FeedSocket } from "./socket.js";
import { apply, fromSnapshot } from "./view.js";

// A page that connects at once has nothing to say about it; only a wait beyond this is worth a band.
const PATIENCE_MS = 1500;

export class Feed {
  #listeners = new Set();
  #socket;
  #acknowledge;

  constructor(snapshot, url) {
    hear(snapshot.at);
    this.view = fromSnapshot(snapshot);
    // phase: connecting, live or offline. lostAt, nextAt: ms of the browser's clock. behindMs: of the last message.
    this.link = { phase: "connecting", lostAt: null, nextAt: null, heardAt: Date.now(), behindMs: 0 };
    this.#socket = new FeedSocket(url, () => this.view.cursor, {
      message: (message) => this.#hear(message),
      connecting: () => this.#say({ phase: this.link.lostAt ? "offline" : "connecting", nextAt: null }),
      waiting: (nextAt) => this.#lose(nextAt),
      refused: showWhy,
    });
    this.#acknowledge = acknowledger((message) => this.#socket.send(message));
  }

  start() {
    this.#socket.connect();
    addEventListener("online", () => this.retry());
    document.addEventListener("visibilitychange", () => document.hidden || this.retry());
  }

  retry() {
    if (this.link.phase === "offline") this.#socket.connect();
  }

  subscribe(tell) {
    this.#listeners.add(tell);
    tell();
    return () => this.#listeners.delete(tell);
  }

  // What is seen is not what is: since when (ms of the server's clock), and why. Null while all is well.
  get blindness() {
    const { phase, lostAt } = this.link;
    if (phase === "offline" && Date.now() - lostAt > PATIENCE_MS) return { why: "offline", since: this.view.at };
    if (this.view.redisAwaySince) return { why: "redis", since: this.view.redisAwaySince };
    return null;
  }

  #hear(message) {
    hear(message.at);
    this.view = apply(this.view, message);
    this.#acknowledge(message);
    this.#say({ phase: "live", lostAt: null, nextAt: null, heardAt: Date.now(), behindMs: now() - message.at });
  }

  #lose(nextAt) {
    this.#say({ phase: "offline", lostAt: this.link.lostAt ?? Date.now(), nextAt });
    mayStillWatch().then((may) => may || showWhy());
  }

  #say(changes) {
    this.link = { ...this.link, ...changes };
    for (const tell of this.#listeners) tell();
  }
}
