import { describe, expect, test } from "vitest";
import { CODE_LIFETIME_MS } from "../../src/call/confirmation-codes.ts";
import {
  answering,
  apiError,
  codeRefusal,
  expectFailure,
  expectMistake,
  failure,
  question,
  refusal,
  start,
} from "../support/answers.ts";
import { codeOf, DELETE, deletedIds, deletionsOf, many, PLAN } from "../support/cleanup.ts";
import { refusalIn } from "../support/code-refusals.ts";
import type { Harness } from "../support/harness.ts";

const IMAGES = many(6);
const IDS = IMAGES.map(({ id }) => id);
const [FIRST = 0, SECOND = 0, THIRD = 0] = IDS;

const POLICY = { keep_last: 1 };
/** What the policy selects: all but the newest. */
const SELECTED = IDS.slice(1);

const previewOf = async ({ call }: Harness, ids: number[]) => question(await call(DELETE, { ids }));

/** How the codes of a preview and of a plan are got, and the arguments that they are used with. */
const CODES: [what: string, get: (harness: Harness) => Promise<string>, args: object, deleted: number[]][] = [
  ["a preview", async (harness) => (await previewOf(harness, IDS)).confirm, { ids: IDS }, IDS],
  ["a preview, by count", async (harness) => (await previewOf(harness, IDS)).confirm, { count: 6 }, IDS],
  ["a plan", async ({ call }) => codeOf(await call(PLAN, POLICY)), { count: 5 }, SELECTED],
  [
    "a plan, for some of its images",
    async ({ call }) => codeOf(await call(PLAN, POLICY)),
    { ids: [SECOND] },
    [SECOND],
  ],
];

describe.each(CODES)("the code of %s", (_, get, args, deleted) => {
  const startWithCode = async () => {
    const harness = await start({ images: IMAGES, rateLimit: 1_000_000 });
    const confirm = await get(harness);
    const repeat = (more: object = {}) => harness.call(DELETE, { ...args, confirm, ...more });
    return { harness, confirm, repeat };
  };

  test("a code deletes the images of its preview", async () => {
    const { harness, repeat } = await startWithCode();
    expect(deletionsOf(await repeat()).deleted.toSorted()).toEqual(deleted);
    expect(deletedIds(harness, IMAGES)).toEqual(deleted);
  });

  test("a used code is refused, with a fresh preview when there are ids", async () => {
    const { harness, confirm, repeat } = await startWithCode();
    await repeat();
    for (const image of IMAGES) harness.simulator.state.images.set(image.id, image);
    const answer = await harness.call(DELETE, { confirm, ids: [THIRD] });
    expect(refusal(answer)).toBe("used");
    expect(deletedIds(harness, IMAGES)).toEqual([]);
    const fresh = await harness.call(DELETE, { confirm: question(answer).confirm, ids: [THIRD] });
    expect(deletionsOf(fresh).deleted).toEqual([THIRD]);
  });

  test("a used code without ids is refused with the reason, and nothing is sent", async () => {
    const { harness, confirm } = await startWithCode();
    harness.clock.pass(CODE_LIFETIME_MS);
    const asked = harness.simulator.requests.length;
    expect(codeRefusal(await harness.call(DELETE, { confirm, count: 6 }))).toBe("expired");
    expect(harness.simulator.requests).toHaveLength(asked);
    expect(harness.events.at(-1)).toMatchObject({ outcome: "failed", code: "code_refused" });
  });

  test("a code that was never issued is not taken for a missing one", async () => {
    const { harness } = await startWithCode();
    const { text } = await harness.call(DELETE, { confirm: "nonsense", count: 3 });
    expect(text).not.toContain("confirm: is required");
    expect(text).toContain("Nothing was deleted.");
    const binning = await harness.call("hcloud_bin_images", { plan: "nonsense", count: 3 });
    expectFailure(binning, "code_refused", "Nothing was changed.");
  });

  test("a bulk code is refused by the tool for one image, and the code for one image here", async () => {
    const { harness, confirm, repeat } = await startWithCode();
    const single = await harness.call("hcloud_delete_image", { id: SECOND, confirm });
    expect(refusal(single)).toBe("other");
    const other = await repeat({ ids: [SECOND], count: undefined, confirm: question(single).confirm });
    expect(refusal(other)).toBe("other");
    expect(deletedIds(harness, IMAGES)).toEqual([]);
    expect((await repeat()).data["status"]).toBe("done");
  });

  test("a code remains valid when the call that uses it is refused", async () => {
    const { harness, repeat } = await startWithCode();
    for (const [argument, wrong] of [
      ["count", { ids: undefined, count: undefined }],
      ["count", { ids: undefined, count: 4 }],
      ["count", { ids: [99], count: 2 }],
      ["ids", { ids: [99], count: undefined }],
      ["ids", { ids: [SECOND, 99], count: undefined }],
    ] as const) {
      const answer = await repeat(wrong);
      expectMistake(answer, argument);
      // The number would let a model confirm without its user.
      expect(failure(answer)).not.toMatch(/\b[56]\b/);
    }
    expect(harness.simulator.writes()).toEqual([]);
    expect(harness.events.filter(({ outcome }) => outcome === "confirmed")).toEqual([]);
    expect((await repeat()).data["status"]).toBe("done");
  });

  test("a code is logged with the ids that the call selects", async () => {
    const { harness, repeat } = await startWithCode();
    await repeat();
    const confirmed = harness.events.filter(({ outcome }) => outcome === "confirmed");
    expect(confirmed.map(({ ids }) => (ids as number[]).toSorted())).toEqual([deleted]);
    expect(JSON.stringify(harness.events)).not.toContain("#");
  });
});

test("a refused code does not hide why no fresh preview could be made", async () => {
  const harness = await start({ images: IMAGES });
  harness.simulator.intercept = answering("GET", "/images/", apiError(403, "forbidden"));
  const answer = await harness.call(DELETE, { ids: [FIRST], confirm: "made-up" });
  expectFailure(answer, "forbidden");
  expect(() => refusalIn(failure(answer))).toThrow();
});

test("an error of a call without a code does not mention codes", async () => {
  const { call } = await start({ images: IMAGES });
  expectFailure(await call(DELETE, {}), "invalid_input");
  expectFailure(await call(DELETE, { ids: [99] }), "invalid_input", 99);
});
