/** Removes the token from every text that is shown: a message from a proxy or the API may quote half of the token. */

/** Characters of a run of the token that is redacted. */
const PIECE_CHARS = 8;

/** Each run of 8 contains 5 characters that start at a multiple of 4: a quarter of the look-ups shows that a text has no run. */
const PROBE_CHARS = 5;
const STEP_CHARS = 4;

/** Returns a function that replaces every run of 8 or more characters of the secret in a text with `[redacted]`. */
export function createRedactor(secret: string | null): (text: string) => string {
  if (!secret) return (text) => text;
  const size = Math.min(PIECE_CHARS, secret.length);
  const pieces = new Set<string>();
  for (let i = 0; i + size <= secret.length; i++) pieces.add(secret.slice(i, i + size));

  const probes: string[] = [];
  for (let i = 0; i + PROBE_CHARS <= secret.length; i += STEP_CHARS)
    probes.push(secret.slice(i, i + PROBE_CHARS));

  return (text) => {
    if (size === PIECE_CHARS && !probes.some((probe) => text.includes(probe))) return text;
    let out = "";
    let at = 0;
    while (at < text.length) {
      let end = at;
      while (pieces.has(text.slice(end, end + size))) end++;
      if (end === at) {
        out += text.charAt(at++);
      } else {
        out += "[redacted]";
        at = end - 1 + size;
      }
    }
    return out;
  };
}
