// <feed-badge>: whether what one sees is now, and if not, how far behind it is.
import { feed } from "./board-feed.js";
import { onTick } from "./clock.js";
import { clockTime, count, spanText } from "./format.js";
import { FIGURES_PER_SECOND, painter } from "./painter.js";
import { put } from "./spot.js";
import { fill, gettext } from "./words.js";

// Something comes every two seconds; more silence than this, or a later arrival, is a view that falls behind.
const SILENCE_MS = 3500;
const LATE_MS = 1500;

class FeedBadge extends HTMLElement {
  connectedCallback() {
    const paint = painter(() => this.paint(state(feed)), FIGURES_PER_SECOND);
    this.leave = [feed.subscribe(paint), onTick(paint)];
  }

  disconnectedCallback() {
    this.leave.forEach((leave) => leave());
  }

  paint([kind, word, more]) {
    this.dataset.feed = kind;
    put(this.querySelector("b"), word);
    put(this.querySelector("[data-more]"), more);
  }
}

function state({ link, blindness }) {
  if (blindness) return ["offline", gettext("Offline"), fill(gettext("since %(time)s"), { time: clockTime(blindness.since) })];
  if (link.phase === "offline") return ["behind", gettext("Reconnecting"), ""];
  if (link.phase === "connecting") return ["behind", gettext("Connecting"), ""];
  const silentMs = Date.now() - link.heardAt;
  if (silentMs > SILENCE_MS) return ["behind", behind(silentMs), gettext("nothing is heard")];
  if (link.behindMs > LATE_MS) return ["behind", behind(link.behindMs), gettext("catching up")];
  return ["live", gettext("Live"), fill(gettext("%(ms)s ms behind"), { ms: count(Math.max(0, link.behindMs)) })];
}

const behind = (ms) => fill(gettext("%(span)s behind"), { span: spanText(ms / 1000) });

customElements.define("feed-badge", FeedBadge);
