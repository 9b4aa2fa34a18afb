// Numbers, spans and moments as text, in the page's language and the viewer's time zone.
import { gettext } from "./words.js";

const language = document.documentElement.lang || "en";
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const minute = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const twoPlaces = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const hundredths = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const mark = tenths.formatToParts(0.1).find(({ type }) => type === "decimal").value;

export const NBSP = "\u00a0";
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
export const unknown = () => gettext("unknown");
export const known = (value, format) => (value === null || value === undefined ? unknown() : format(value));

export const count = (number) => whole.format(number);
export const rate = (perSecond) => tenths.format(perSecond);
export const clockMinute = (ms) => minute.format(ms);
export const percentWhole = (share) => whole.format(Math.round(share * 100));

// With no more decimal places than it has, for axes.
export const plain = (number) => (Number.isInteger(number) ? whole : hundredths).format(number);
export const clockTime = (ms) => time.format(ms);
export const dayTime = (ms) => day.format(ms);

// As stored: every decimal place is kept, only the thousands are grouped.
export function amount(stored) {
  const [integer, places] = stored.split(".");
  const grouped = whole.format(BigInt(integer));
  return places === undefined ? grouped : `${grouped}${mark}${places}`;
}

// [number, unit with the space before it]; two units at most: 0.8 s, 22 min, 3 h 12 min, 2 d 4 h.
export function span(seconds) {
  if (seconds < 0) return span(0);
  if (seconds < 59.95) return [tenths.format(seconds), NBSP + gettext("s")];
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return [whole.format(Math.max(1, minutes)), NBSP + gettext("min")];
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return [`${hours}${NBSP}${gettext("h")} ${minutes % 60}`, NBSP + gettext("min")];
  return [`${whole.format(Math.floor(hours / 24))}${NBSP}${gettext("d")} ${hours % 24}`, NBSP + gettext("h")];
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

// 381 B, 152 MB, 1.4 GB; a thousand of one is one of the next, as disks are sold.
export function size(bytes) {
  let power = 0;
  while (power < UNITS.length - 1 && bytes >= 999.5 * 1000 ** power) power += 1;
  const value = bytes / 1000 ** power;
  const hasTenths = power > 0 && value < 9.95 && value % 1 >= 0.05;
  return [hasTenths ? tenths.format(value) : whole.format(Math.round(value)), NBSP + UNITS[power]];
}

// One unit, for what is only guessed: 22 min, 31 h, 9 d.
export function about(seconds) {
  if (seconds < 3600) return `${whole.format(Math.max(1, Math.round(seconds / 60)))}${NBSP}${gettext("min")}`;
  if (seconds < 172_800) return `${whole.format(Math.round(seconds / 3600))}${NBSP}${gettext("h")}`;
  return `${whole.format(Math.round(seconds / 86_400))}${NBSP}${gettext("d")}`;
}

// As somebody chose them: 30 s, 2.5 s.
export const asSet = (seconds) => `${plain(seconds)}${NBSP}${gettext("s")}`;

// Never rounded up to all: 99.99 % is not everything.
export const percent = (share) => twoPlaces.format(Math.floor(share * 10_000) / 100);

export const spanText = (seconds) => span(seconds).join("");
