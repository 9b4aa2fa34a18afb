// The same order as a curl line, quoted for a shell.

const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

export function curlLine(url, body, key) {
  return [
    `curl ${url} \\`,
    `  -H "Authorization: Bearer $KEY" \\`,
    `  -H "Idempotency-Key: ${key}" \\`,
    `  --json ${quoted(JSON.stringify(body, null, 2))}`,
  ].join("\n");
}
