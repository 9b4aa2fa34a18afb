// Names the viewer's time zone where the page gives times.
import { zone } from "./format.js";

export function nameZone() {
  for (const place of document.querySelectorAll("[data-zone]")) place.textContent = zone;
}
