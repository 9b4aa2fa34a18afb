// The page's colours as a canvas takes them, in the theme of now.

const probe = document.createElement("i");
probe.hidden = true;

export function colour(name) {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.setProperty("color", `var(--${name})`);
  return getComputedStyle(probe).color;
}

export function onThemeChange(tell) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
}
