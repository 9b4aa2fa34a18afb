// Makes an element like another one without replacing what is the same: focus, what was typed, how far somebody has
// scrolled and the selection stay. What a selection touches is not changed; the answer then is false.
//   Children are matched by id or data-key, buttons that do something by what they call (data-url), else by their
// place: one that holds the focus must never become another. What is data-kept in the new one is left alone; so is an
// element with `isItsOwn`, which fills itself: it is exchanged when its attributes differ.

// Whoever uses the page has set them, or scripts that show what works only with them.
const KEPT = { DETAILS: ["open"], DIALOG: ["open"], BUTTON: ["hidden", "aria-busy"], "NOTE-FORM": ["hidden"] };

// True when all of it was taken over.
export function morph(old, fresh) {
  const focused = document.activeElement;
  const change = new Change(getSelection());
  change.element(old, fresh);
  // A row that was moved has lost it.
  if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  return change.isWhole;
}

class Change {
  isWhole = true;

  constructor(selection) {
    this.selection = selection.isCollapsed ? null : selection;
  }

  element(old, fresh) {
    if (old.isItsOwn) {
      if (!hasSameAttributes(old, fresh) && this.#isFree(old)) old.replaceWith(fresh);
    } else {
      setAttributes(old, fresh);
      this.#children(old, fresh);
    }
  }

  #children(old, fresh) {
    const byKey = new Map([...old.children].filter(keyOf).map((child) => [keyOf(child), child]));
    let at = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      const found = isLike(at, wanted) ? at : byKey.get(keyOf(wanted));
      if (!isLike(found, wanted)) {
        old.insertBefore(wanted, at);
        continue;
      }
      if (found === at) at = at.nextSibling;
      else old.insertBefore(found, at);
      this.#node(found, wanted);
    }
    while (at) {
      const next = at.nextSibling;
      if (this.#isFree(at)) at.remove();
      at = next;
    }
  }

  #node(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== fresh.data && this.#isFree(old)) old.data = fresh.data;
    } else if (!fresh.hasAttribute("data-kept")) this.element(old, fresh);
  }

  #isFree(node) {
    const isFree = !this.selection?.containsNode(node, true);
    this.isWhole &&= isFree;
    return isFree;
  }
}

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.id || node.dataset.key || deedOf(node) : "");
const deedOf = ({ localName, dataset }) => (dataset.url ? `${localName} ${dataset.method ?? ""} ${dataset.url}` : "");
const isLike = (node, wanted) => Boolean(node) && node.nodeName === wanted.nodeName && keyOf(node) === keyOf(wanted);
// Styles are set by scripts alone: the policy lets no page bring any.
const namesOf = (element) => element.getAttributeNames().filter((name) => name !== "style");

function setAttributes(old, fresh) {
  const kept = KEPT[old.tagName] ?? [];
  for (const name of namesOf(fresh))
    if (!kept.includes(name) && old.getAttribute(name) !== fresh.getAttribute(name))
      old.setAttribute(name, fresh.getAttribute(name));
  for (const name of namesOf(old)) if (!kept.includes(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
}

function hasSameAttributes(old, fresh) {
  const names = namesOf(fresh);
  return names.length === namesOf(old).length && names.every((name) => old.getAttribute(name) === fresh.getAttribute(name));
}
