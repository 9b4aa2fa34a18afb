// Whether this browser may still watch; a refused WebSocket handshake does not say why it failed.

// A redirect leads to the sign-in page, 403 is the page that says which right is missing: both are shown by reloading.
export async function mayStillWatch() {
  try {
    const answer = await fetch(location.pathname, { method: "HEAD", redirect: "manual", cache: "no-store" });
    return answer.type !== "opaqueredirect" && answer.status !== 403;
  } catch {
    return true;
  }
}

export const showWhy = () => location.reload();
