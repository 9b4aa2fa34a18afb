// Puts a text into its place without touching what did not change, so that a selection and a reader keep theirs.

export function put(place, value) {
  const [text, unit] = Array.isArray(value) ? value : [value, null];
  setText(place.firstChild ?? place.appendChild(new Text()), text);
  if (unit !== null) setText(unitOf(place), unit);
  else place.querySelector(":scope > .unit")?.remove();
}

function unitOf(place) {
  const found = place.querySelector(":scope > .unit") ?? place.appendChild(document.createElement("span"));
  found.className = "unit";
  return found.firstChild ?? found.appendChild(new Text());
}

function setText(node, text) {
  if (node.data !== text) node.data = text;
}

// Another shape of the sprite for the icon in `place`.
export function setShape(place, name) {
  const use = place.querySelector("use");
  setAttribute(use, "href", use.getAttribute("href").replace(/#.*/, `#${name}`));
}

// true is the attribute without a value; null and false take it away.
export function setAttribute(element, name, value) {
  const text = value === true ? "" : value;
  if (value === null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}
