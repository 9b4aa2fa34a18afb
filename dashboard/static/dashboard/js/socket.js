// Keeps one WebSocket to the feed: connects, names the cursor it goes on from, and comes back by itself.
import { afterDrainMs, delayMs } from "./backoff.js";
import { ACCESS_REVOKED, MESSAGE_REFUSED, SERVER_DRAINING } from "./types.js";

const NO_ACCESS = new Set([4401, 4403]);
// The feed speaks every two seconds at least: a socket silent for so long is dead, whatever TCP believes.
const SILENCE_MS = 10_000;

export class FeedSocket {
  #socket = null;
  #timer = 0;
  #watch = 0;
  #attempt = 0;
  #drainMs = null;

  // tell: { message(message), waiting(nextAtMs), connecting(), refused() }
  constructor(url, cursor, tell) {
    Object.assign(this, { url, cursor, tell });
  }

  connect() {
    clearTimeout(this.#timer);
    this.#leave();
    this.tell.connecting();
    const socket = new WebSocket(`${this.url}?cursor=${encodeURIComponent(this.cursor() ?? "")}`);
    socket.onopen = () => this.#listen();
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    socket.onclose = ({ code }) => this.#lost(code);
    this.#socket = socket;
    this.#listen(); // for the handshake too: a network that drops packets answers nothing for minutes
  }

  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #leave() {
    clearTimeout(this.#watch);
    if (!this.#socket) return;
    this.#socket.onclose = this.#socket.onmessage = this.#socket.onopen = null;
    this.#socket.close();
    this.#socket = null;
  }

  #listen() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#lost(0), SILENCE_MS);
  }

  #hear(message) {
    this.#listen();
    if (message.type === SERVER_DRAINING) this.#drainMs = message.after_ms;
    else if (message.type === ACCESS_REVOKED) this.#lost(4403);
    else if (message.type === MESSAGE_REFUSED) console.warn("The feed refused a message:", message.code);
    else {
      this.#attempt = 0;
      this.tell.message(message);
    }
  }

  #lost(code) {
    this.#leave();
    if (NO_ACCESS.has(code)) return this.tell.refused();
    const wait = this.#drainMs === null ? delayMs(this.#attempt) : afterDrainMs(this.#drainMs);
    this.#attempt += 1;
    this.#drainMs = null;
    this.#timer = setTimeout(() => this.connect(), wait);
    this.tell.waiting(Date.now() + wait);
  }
}
