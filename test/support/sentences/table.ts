/** The sentences of every code of the error table, for reads and changes, and of unlisted errors. */

import { readFileSync } from "node:fs";
import { explain } from "../../../src/call/explain.ts";
import { HcloudError } from "../../../src/hcloud/errors.ts";
import type { ErrorSentence } from "./error-sentence.ts";

/** All codes of the table, in order. */
export const CODES = Array.from(
  readFileSync("src/hcloud/error-table.ts", "utf8").matchAll(/^ {2}(\w+): (?:unchanged|notSent|unknown)\(/gm),
  ([, code = ""]) => code,
);

const UNLISTED: HcloudError[] = [
  ...[401, 422, 501].map((status) => new HcloudError("new_code", "", { status })),
  new HcloudError("http_404", "", { status: 404, notFromApi: true }),
];

export function collectTableSentences(): ErrorSentence[] {
  const errors = [...CODES.map((code) => new HcloudError(code, "")), ...UNLISTED];
  const both = (code: string, error: unknown, more = ""): ErrorSentence[] => [
    { code, where: `reading${more}`, sentence: explain(error) },
    { code, where: `a change${more}`, sentence: explain(error, true) },
  ];
  return [
    ...errors.flatMap((error) => both(error.code, error, error.status ? `, status ${error.status}` : "")),
    ...both("internal_error", new TypeError("x is undefined")),
  ];
}
