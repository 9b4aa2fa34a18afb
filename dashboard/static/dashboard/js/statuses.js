// The words of the statuses and of the workers' states; the shapes are in icons.svg under the same names.
import { gettext } from "./words.js";

const WORDS = {
  pending: gettext("pending"),
  processing: gettext("processing"),
  retrying: gettext("retrying"),
  completed: gettext("completed"),
  failed: gettext("failed"),
  cancelled: gettext("cancelled"),
  alive: gettext("alive"),
  paused: gettext("paused"),
  draining: gettext("draining"),
  lost: gettext("lost"),
  unreadable: gettext("unreadable"),
};

export const statusWord = (status) => WORDS[status] ?? status;
