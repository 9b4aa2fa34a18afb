// Shows what is wrong under the field it is wrong in, and takes it away again when the field changes.
import { setAttribute } from "./spot.js";

const faultOf = (form, name) => form.querySelector(`#${name}-wrong`);

export function showProblems(form, errors) {
  clearProblems(form);
  const elsewhere = errors.filter(({ field, message }) => !showUnder(form, field, message));
  form.querySelector('[aria-invalid="true"]')?.focus();
  return elsewhere.map(({ field, message }) => `${field}: ${message}`);
}

export function clearProblems(form) {
  for (const input of form.querySelectorAll("[aria-invalid]")) clearProblem(form, input);
}

export function clearProblem(form, input) {
  setAttribute(input, "aria-invalid", null);
  const fault = faultOf(form, input.name);
  if (fault) fault.hidden = true;
}

function showUnder(form, field, message) {
  const input = form.elements.namedItem(field);
  const fault = input && faultOf(form, field);
  if (!fault) return false;
  setAttribute(input, "aria-invalid", "true");
  fault.querySelector("[data-word]").textContent = message;
  fault.hidden = false;
  return true;
}
