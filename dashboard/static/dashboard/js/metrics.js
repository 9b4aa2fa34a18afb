// Asks the API for what was sampled.

export async function samplesSince(url, since, { step, figures }) {
  const query = new URLSearchParams({ since: String(Math.max(0, Math.floor(since))), figures: figures.join(",") });
  if (step) query.set("step", String(step));
  const answer = await fetch(`${url}?${query}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`samples: ${answer.status}`);
  return answer.json();
}
