// Rows out of a <template>, kept by key: made once, then changed in place.

export class Rows {
  #byKey = new Map();

  // fill(row, item): what the row shows. The rows that the server rendered carry their key in data-key.
  constructor(body, template, fill) {
    Object.assign(this, { body, template, fill });
    for (const row of body.querySelectorAll("[data-key]")) this.#byKey.set(row.dataset.key, row);
  }

  has = (key) => this.#byKey.has(key);

  update(key, item) {
    const row = this.#byKey.get(key);
    if (row) this.fill(row, item);
  }

  forEach(tell) {
    this.#byKey.forEach((row, key) => tell(row, key));
  }

  // Exactly these items in this order; a row that stands right already is not moved, so focus and selection stay.
  show(items, keyOf) {
    const wanted = new Set(items.map(keyOf));
    for (const [key, row] of this.#byKey) if (!wanted.has(key)) this.#drop(key, row);
    let before = this.body.firstElementChild;
    for (const item of items) {
      const row = this.#rowOf(keyOf(item));
      this.fill(row, item);
      if (row === before) before = before.nextElementSibling;
      else this.body.insertBefore(row, before);
    }
  }

  #drop(key, row) {
    row.remove();
    this.#byKey.delete(key);
  }

  #rowOf(key) {
    if (!this.#byKey.has(key)) {
      const row = this.template.content.firstElementChild.cloneNode(true);
      row.dataset.key = key;
      this.#byKey.set(key, row);
    }
    return this.#byKey.get(key);
  }
}

export const cell = (row, name) => row.querySelector(`[data-cell="${name}"]`);
