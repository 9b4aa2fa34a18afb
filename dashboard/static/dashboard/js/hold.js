// Whether new rows must wait: a reader has the pointer or the focus in the list, has scrolled into it, or asked for it.

export class Hold {
  #pointerInside = false;
  asked = false;

  constructor(list, tell) {
    this.list = list;
    // A pointer may have come before this script did.
    this.#pointerInside = matchMedia("(hover: hover)").matches && list.matches(":hover");
    // A touch leaves no pointer behind; its scrolling is what counts.
    list.addEventListener("pointerenter", ({ pointerType }) => (this.#pointerInside = pointerType !== "touch"));
    list.addEventListener("pointerleave", () => {
      this.#pointerInside = false;
      tell();
    });
    list.addEventListener("focusout", () => setTimeout(tell));
    addEventListener("scroll", tell, { passive: true });
  }

  get isOn() {
    return this.asked || this.#pointerInside || this.list.contains(document.activeElement) || this.#isScrolledInto();
  }

  #isScrolledInto() {
    return this.list.getBoundingClientRect().top < 0;
  }
}
