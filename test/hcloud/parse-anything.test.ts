import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ApiResponse } from "../../src/hcloud/client.ts";
import { HcloudError } from "../../src/hcloud/errors.ts";
import { parseAction, parseActionPage, parseImage, parseImagePage } from "../../src/hcloud/parse.ts";
import { image } from "../support/simulated.ts";

const PAGINATION = {
  page: 1,
  per_page: 25,
  previous_page: null,
  next_page: 2,
  last_page: 2,
  total_entries: 30,
};
const META = { pagination: PAGINATION };
const ACTION = {
  id: 13,
  command: "change_protection",
  status: "running",
  progress: 40,
  started: "2026-11-23T12:00:00Z",
  finished: null,
  resources: [{ id: 1, type: "image" }],
  error: null,
};

describe("whatever the response is", () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(image(1), ACTION, META, PAGINATION, {}, [], [null], null, -1, "2026-01-01T00:00:00Z"),
  );
  /** An image or action with some members replaced or missing. */
  const like = (whole: object) =>
    fc
      .tuple(fc.subarray(Object.keys(whole)), fc.dictionary(fc.constantFrom(...Object.keys(whole)), value))
      .map(([kept, replaced]) => ({
        ...Object.fromEntries(Object.entries(whole).filter(([key]) => kept.includes(key))),
        ...replaced,
      }));
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        image: like(image(1, { deprecated: "2026-01-01T00:00:00Z" })),
        images: fc.array(like(image(1))),
        action: like(ACTION),
        actions: fc.array(like(ACTION)),
        meta: fc.oneof(value, fc.record({ pagination: like(PAGINATION) })),
      },
      { requiredKeys: [] },
    ),
  );

  test.each([
    ["an image", parseImage],
    ["images", parseImagePage],
    ["an action", parseAction],
    ["actions", parseActionPage],
  ] as [string, (response: ApiResponse) => unknown][])(
    "the parser of %s reads any value or throws malformed_reply",
    (_, read) => {
      fc.assert(
        fc.property(body, (json) => {
          try {
            read({ status: 200, body: json, correlationId: undefined, sentAt: 0 });
          } catch (error) {
            expect(error).toBeInstanceOf(HcloudError);
            expect(error).toMatchObject({ code: "malformed_reply", status: 200 });
          }
        }),
        { numRuns: 500 },
      );
    },
  );
});
