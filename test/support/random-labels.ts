/** Random labels by the API's grammar, with keys that the recycle bin could confuse. */

import fc from "fast-check";

const key = fc.oneof(
  fc.constantFrom(
    ...["role", "due", "keep", "env", "constructor", "bin", "bin.due"],
    ...[
      "bin/role",
      "bin/due.x",
      "bin/keep",
      "bin.p/k",
      "p/k",
      "bin.bin/role",
      "bin.bin.p/k",
      "bin.bin.bin/role",
    ],
    ...["hetzner.cloud/managed", "bin.hetzner.cloud/managed", "hetzner.cloud.x/k", "binary/k", "bin..p/k"],
  ),
  fc.stringMatching(/^[a-zA-Z0-9]([-_.a-zA-Z0-9]{0,10}[a-zA-Z0-9])?$/),
  fc
    .tuple(
      fc.constantFrom("a", "example.com", "bin", "bin.x", "x".repeat(249), "x".repeat(250), "x".repeat(253)),
      fc.stringMatching(/^[a-zA-Z0-9]{1,8}$/),
    )
    .map(([prefix, name]) => `${prefix}/${name}`),
);

const value = fc.oneof(
  fc.constantFrom("", "golden", "2026-12-01", "2026-02-30"),
  fc.stringMatching(/^[a-z]{1,6}$/),
);

/** Labels of images outside the bin, without `bin/due`. */
export const labelSet = fc
  .array(fc.tuple(key, value), { maxLength: 8 })
  .map((pairs): Record<string, string> => Object.fromEntries(pairs.filter(([key]) => key !== "bin/due")));
