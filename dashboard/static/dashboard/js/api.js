// Places one order or a batch over the API and says what came of it: placed, refused with its fields, or no answer.

export async function place(url, body, { key, csrfToken }) {
  let answer;
  try {
    answer = await fetch(url, {
      method: "POST",
      body,
      headers: { "Content-Type": "application/json", "Idempotency-Key": key, "X-CSRFToken": csrfToken },
    });
  } catch {
    return { kind: "silence" };
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return { kind: "placed", id: said.order_id };
  const retryAfter = Number(answer.headers.get("Retry-After")) || null;
  return { kind: "refused", status: answer.status, problem: said, retryAfter };
}
