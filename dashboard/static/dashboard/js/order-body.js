// What the form asks for, as the API's body: numbers as JSON numbers where they are whole, empty fields left out.

const WHOLE = /^\d{1,9}$/;

export function bodyOf(form) {
  const body = {};
  for (const [name, given] of new FormData(form)) {
    const text = given.trim();
    if (text && !name.startsWith("csrf")) body[name] = name === "quantity" && WHOLE.test(text) ? Number(text) : text;
  }
  return body;
}
