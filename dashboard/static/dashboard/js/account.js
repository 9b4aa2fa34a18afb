// The page of one's sign-ins: its times in the viewer's zone, which the side names.
import { nameZone } from "./zone.js";

const moment = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });

for (const place of document.querySelectorAll("time[datetime]")) place.textContent = moment.format(new Date(place.dateTime));
nameZone();
