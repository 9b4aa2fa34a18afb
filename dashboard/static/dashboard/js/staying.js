// A board that is watched is a session in use: the server hears of it over HTTP, which alone can renew the cookie.
import { mayStillWatch } from "./access.js";

const EVERY_MS = 3_600_000;

export function staySignedIn() {
  setInterval(mayStillWatch, EVERY_MS);
}
