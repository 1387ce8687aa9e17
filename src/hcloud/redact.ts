/** Keeps the token out of everything that is shown: an upstream message may quote half of it. */

const PIECE = 8;

/** A function that replaces every run of 8 or more characters of the secret in a text by `[redacted]`. */
export function redactor(secret: string | null): (text: string) => string {
  if (!secret) return (text) => text;
  const size = Math.min(PIECE, secret.length);
  const pieces = new Set<string>();
  for (let i = 0; i + size <= secret.length; i++) pieces.add(secret.slice(i, i + size));

  return (text) => {
    let found = false;
    for (const piece of pieces) {
      if (text.includes(piece)) {
        found = true;
        break;
      }
    }
    if (!found) return text;
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
