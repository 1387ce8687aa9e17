/** Calls that pass the confirmation gate only with a code or a person's yes, and codes that must not pass. */

import { DELETE, many } from "./cleanup.ts";
import { EDIT, REMOVE, UPDATE } from "./forms-cases.ts";

export const GATE_IMAGES = many(6, (i) => ({ labels: { env: "prod", app: `shop-${i}` } }));
export const [FIRST = 0, SECOND = 0, THIRD = 0] = GATE_IMAGES.map(({ id }) => id);

export interface GateCase {
  what: string;
  tool: string;
  args: Record<string, unknown>;
}

/** One call of each kind that returns a preview. */
export const GATE_CASES: GateCase[] = [
  { what: "one image", tool: REMOVE, args: { id: FIRST } },
  { what: "many images", tool: DELETE, args: { ids: [FIRST, SECOND, THIRD] } },
  {
    what: "label values",
    tool: EDIT,
    args: { ids: [FIRST, SECOND], set: { env: "dev" }, remove: ["app"] },
  },
  { what: "a label set", tool: UPDATE, args: { id: FIRST, labels: { env: "dev" } } },
];

/** Yields texts that differ from the code in one bit. */
export function* bitFlips(code: string): Generator<string> {
  for (let i = 0; i < code.length; i++) {
    for (let bit = 0; bit < 8; bit++) {
      yield code.slice(0, i) + String.fromCharCode(code.charCodeAt(i) ^ (1 << bit)) + code.slice(i + 1);
    }
  }
}

/** Yields parts and variants of the code, and other texts. */
export function* corruptCodes(code: string): Generator<string> {
  for (let length = 1; length < code.length; length++) {
    yield code.slice(0, length);
    yield code.slice(code.length - length);
  }
  yield* [
    ` ${code}`,
    `${code} `,
    `${code}\n`,
    `${code}\0`,
    `\ufeff${code}`,
    `${code}\u200b`,
    code.toUpperCase(),
  ];
  yield* [code + code, code.replace(" #", "#"), code.replace("#", "＃"), `"${code}"`, `confirm: ${code}`];
  yield* ["\ud800", "#", "NaN", "__proto__", "constructor", code.slice(code.indexOf("#")), code.slice(-12)];
  yield* [`delete nothing ${code.slice(-13)}`, "x".repeat(200_000), "💣".repeat(1000)];
}
