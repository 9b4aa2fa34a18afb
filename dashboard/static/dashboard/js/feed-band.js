// <feed-band>: the band across the top while the page is blind: why, since when, and when it tries again.
import { feed } from "./board-feed.js";
import { now, onTick } from "./clock.js";
import { clockTime, spanText } from "./format.js";
import { FIGURES_PER_SECOND, painter } from "./painter.js";
import { put, setAttribute } from "./spot.js";
import { fill, gettext } from "./words.js";

class FeedBand extends HTMLElement {
  connectedCallback() {
    this.again = this.querySelector("button");
    this.again.addEventListener("click", () => feed.retry());
    const paint = painter(() => this.paint(feed.blindness), FIGURES_PER_SECOND);
    this.leave = [feed.subscribe(paint), onTick(paint)];
  }

  disconnectedCallback() {
    this.leave.forEach((leave) => leave());
  }

  announce(blindness) {
    document.getElementById("alarm").textContent = said(blindness);
  }

  paint(blindness) {
    if (this.hidden === Boolean(blindness)) this.announce(blindness);
    this.hidden = !blindness;
    setAttribute(document.documentElement, "data-stale", Boolean(blindness));
    if (!blindness) return;
    const isOffline = blindness.why === "offline";
    put(this.querySelector("[data-what]"), (isOffline ? offlineFor : redisAway)(blindness));
    put(this.querySelector("[data-why]"), fill(isOffline ? onlyThisPage() : nothingLost(), { time: clockTime(blindness.since) }));
    put(this.querySelector("[data-next]"), isOffline ? nextAttempt(feed.link.nextAt) : gettext("Goes on by itself"));
    this.again.hidden = !isOffline;
  }
}

// The band's seconds must not be read out again and again: an alarm is said once, at each edge.
const said = (blindness) => {
  if (!blindness) return gettext("Live again.");
  return blindness.why === "offline" ? gettext("Offline. This page does not see the orders any more.") : redisAway();
};

const offlineFor = ({ since }) => fill(gettext("Offline for %(span)s."), { span: spanText((now() - since) / 1000) });
const redisAway = () => gettext("Redis does not answer.");
const onlyThisPage = () =>
  gettext("What you see is from %(time)s. Orders go on being processed; only this page does not see them.");
const nothingLost = () => gettext("Orders cannot be read or placed since %(time)s. Workers keep what they hold.");

function nextAttempt(at) {
  const seconds = at === null ? 0 : Math.ceil((at - Date.now()) / 1000);
  return seconds > 0 ? fill(gettext("Next attempt in %(seconds)s s"), { seconds }) : gettext("Connecting");
}

customElements.define("feed-band", FeedBand);
