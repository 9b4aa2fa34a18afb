// Where a page does not fit its screen, in words. Text that is meant to float, or for ears alone, is left out.
() => {
  const found = new Set();
  const APART = ".for-readers, canvas, svg, template, dialog:not([open])";

  const parents = function* (el) {
    for (let at = el; at; at = at.parentElement) yield at;
  };
  const isApart = (el) =>
    !el.checkVisibility({ opacityProperty: true, visibilityProperty: true }) ||
    Boolean(el.closest(APART)) ||
    [...parents(el)].some((at) => ["fixed", "sticky"].includes(getComputedStyle(at).position));
  const said = (el) => (el.textContent.replace(/\s+/g, " ").trim() || el.ariaLabel || el.name || el.localName).slice(0, 60);

  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) found.add(`wider than the screen by ${wide} px`);

  // Each line of each text, as far as no ancestor cuts it off.
  const lines = [];
  const root = document.querySelector("main") ?? document.body;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const el = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || isApart(el)) continue;
    const words = document.createRange();
    words.selectNodeContents(walker.currentNode);
    for (const rect of words.getClientRects()) if (rect.width > 1) lines.push([shown(rect, el), el]);
  }
  for (const [k, [one, of]] of lines.entries())
    for (const [two, by] of lines.slice(k + 1)) {
      const x = Math.min(one.right, two.right) - Math.max(one.left, two.left);
      const y = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
      if (of !== by && x > 2 && y > 4) found.add(`"${said(of)}" lies on "${said(by)}"`);
    }

  // What is cut tells the whole in its title, or can be scrolled.
  for (const el of new Set(lines.map(([, el]) => el))) {
    const cut = [...parents(el)].find((at) => getComputedStyle(at).overflowX !== "visible");
    const isCut = cut && cut.scrollWidth > cut.clientWidth + 1;
    const isScrolled = cut && ["auto", "scroll"].includes(getComputedStyle(cut).overflowX);
    if (isCut && !isScrolled && !cut.closest("[title]") && !el.closest("[title]"))
      found.add(`"${said(el)}" is cut in ${cut.className || cut.localName}`);
  }

  // What is pressed in its middle is pressed, and not what lies over it; a drawer may.
  for (const control of root.querySelectorAll("a, button, input, select, summary")) {
    if (isApart(control)) continue;
    control.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    const [box] = control.getClientRects();
    if (!box?.width || !box.height) continue;
    const over = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const isIts = !over || isApart(over) || control.contains(over) || over.contains(control) || over.closest("label")?.contains(control);
    if (!isIts) found.add(`"${said(control)}" is covered by "${said(over)}"`);
  }
  scrollTo(0, 0);
  return [...found];

  function shown({ left, right, top, bottom }, el) {
    for (const at of parents(el)) {
      if (getComputedStyle(at).overflowX === "visible") continue;
      const box = at.getBoundingClientRect();
      [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
      [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
    }
    return { left, right, top, bottom };
  }
};
