// The clock of the wall: the server's time, in the viewer's zone.
import { now, onTick } from "./clock.js";
import { clockTime } from "./format.js";
import { put } from "./spot.js";

export function tickIn(place) {
  onTick(() => put(place, clockTime(now())));
}
