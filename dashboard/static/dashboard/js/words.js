// The browser's gettext: Django's catalogue for the viewer's language, or the English text where there is none.

const catalog = globalThis.django ?? {};

export const gettext = catalog.gettext ?? ((text) => text);
export const ngettext = catalog.ngettext ?? ((one, many, n) => (n === 1 ? one : many));

// "%(count)s orders" with {count: 3}; "%%" is a percent sign, as in Python.
export function fill(text, values) {
  return text.replace(/%(?:\((\w+)\)s|%)/g, (_, name) => (name === undefined ? "%" : String(values[name])));
}
