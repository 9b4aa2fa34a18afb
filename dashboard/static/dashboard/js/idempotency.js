// One Idempotency-Key per filling of the form: sending the same again, by a double click or after a lost answer,
// makes one order; other content is another order.

export class FillingKey {
  #body = null;
  #key = null;

  of(body) {
    if (body !== this.#body) [this.#body, this.#key] = [body, randomKey()];
    return this.#key;
  }

  // The order exists: what is sent next is another one, even with the same content.
  spend() {
    this.#body = this.#key = null;
  }
}

// crypto.randomUUID exists only on https and localhost.
export function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
