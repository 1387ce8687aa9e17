import { randomInt } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ConfirmationCodes } from "../../src/call/confirmation-codes.ts";
import { cover, Plans } from "../../src/call/plans.ts";
import { alter, answering, apiError, failure, question, start, stored } from "../support/answers.ts";
import { DELETE, deletionsOf, isDelete, many, reply } from "../support/cleanup.ts";
import type { Answer, Harness } from "../support/harness.ts";

const IMAGES = many(6, (i) => ({ labels: { env: "prod", app: `shop-${i}` } }));
const [FIRST = 0, SECOND = 0, THIRD = 0] = IMAGES.map(({ id }) => id);

interface Door {
  what: string;
  tool: string;
  args: Record<string, unknown>;
}

/** One call of each kind that asks first. */
const DOORS: Door[] = [
  { what: "one image", tool: "hcloud_delete_image", args: { id: FIRST } },
  { what: "many images", tool: DELETE, args: { ids: [FIRST, SECOND, THIRD] } },
  {
    what: "label values",
    tool: "hcloud_edit_image_labels",
    args: { ids: [FIRST, SECOND], set: { env: "dev" }, remove: ["app"] },
  },
  { what: "a label set", tool: "hcloud_update_image", args: { id: FIRST, labels: { env: "dev" } } },
];

const knock = (harness: Harness, { tool, args }: Door, more: Record<string, unknown> = {}) =>
  harness.call(tool, { ...args, ...more });

async function codeFor(harness: Harness, door: Door): Promise<string> {
  return question(await knock(harness, door)).confirm;
}

const isDone = (answer: Answer) => !answer.isError && answer.data["status"] === "done";

/** Fails unless all images are as they were, and nothing but reading was even asked for. */
function expectNothingChanged({ simulator }: Harness): void {
  expect(simulator.writes()).toEqual([]);
  for (const image of IMAGES) expect(simulator.state.images.get(image.id)).toEqual(image);
}

function* bitFlips(code: string): Generator<string> {
  for (let i = 0; i < code.length; i++) {
    for (let bit = 0; bit < 8; bit++) {
      yield code.slice(0, i) + String.fromCharCode(code.charCodeAt(i) ^ (1 << bit)) + code.slice(i + 1);
    }
  }
}

function* mutilations(code: string): Generator<string> {
  for (let length = 0; length < code.length; length++) {
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
  yield* [code + code, code.replace("-", ""), code.replace("-", "−"), `"${code}"`, `confirm: ${code}`];
  yield* ["\ud800", "-", "0-", "NaN-000", "Infinity-0", "1e99-aaaaaaaaaaaaaaa", "__proto__", "constructor"];
  yield* [`${"z".repeat(40)}-${code.slice(-15)}`, `-${code}`, "x".repeat(1_000_000), "💣".repeat(1000)];
}

test.each(DOORS)("no altered code opens the door to $what, and a real one does", async (door) => {
  const harness = await start({ images: IMAGES, rateLimit: 1_000_000 });
  const code = await codeFor(harness, door);
  for (const forged of [...bitFlips(code), ...mutilations(code)]) {
    const answer = await knock(harness, door, { confirm: forged });
    if (!answer.isError)
      expect(question(answer).refused, JSON.stringify(forged)).toMatch(/^(This code|The target has changed)/);
  }
  expectNothingChanged(harness);
  // The server keeps twenty lists of images: refused codes for many, each with a fresh preview, push the oldest out.
  const real = door.tool === DELETE ? await codeFor(harness, door) : code;
  expect(isDone(await knock(harness, door, { confirm: real }))).toBe(true);
});

test("no door opens to the code of another, and none is used up by being tried elsewhere", async () => {
  const harness = await start({ images: IMAGES, rateLimit: 1_000_000 });
  const other = await start({ images: IMAGES });
  const codes = await Promise.all(DOORS.map((door) => codeFor(harness, door)));
  for (const [i, door] of DOORS.entries()) {
    const foreign = [...codes.filter((_, j) => j !== i), await codeFor(other, door)];
    for (const confirm of foreign) {
      const answer = await knock(harness, door, { confirm, ...(door.tool === DELETE && { count: 3 }) });
      if (!answer.isError) expect(question(answer).refused).toMatch(/^(This code|The target has changed)/);
    }
  }
  expectNothingChanged(harness);
  const [one, , labels] = DOORS.map((door, i) => ({ door, confirm: codes[i] }));
  for (const { door, confirm } of [labels, one].filter((each) => each !== undefined)) {
    expect(isDone(await knock(harness, door, { confirm }))).toBe(door === DOORS[2]);
  }
});

describe("the order makes no difference", () => {
  test("of ids, label keys and arguments", async () => {
    const harness = await start({ images: IMAGES });
    const args = { ids: [FIRST, SECOND, THIRD], set: { env: "dev", tier: "b" }, remove: ["app", "old"] };
    const { confirm } = question(await harness.call("hcloud_edit_image_labels", args));
    const turned = {
      confirm,
      remove: ["old", "app"],
      set: { tier: "b", env: "dev" },
      ids: [THIRD, FIRST, SECOND],
    };
    expect(isDone(await harness.call("hcloud_edit_image_labels", turned))).toBe(true);
  });

  test("of the ids of a deletion", async () => {
    const harness = await start({ images: IMAGES });
    const { confirm } = question(await harness.call(DELETE, { ids: [FIRST, SECOND, THIRD] }));
    const answer = await harness.call(DELETE, { confirm, ids: [THIRD, FIRST, SECOND] });
    expect(deletionsOf(answer).deleted.toSorted()).toEqual([FIRST, SECOND, THIRD]);
  });

  test("but one id more, less or other does", async () => {
    const harness = await start({ images: IMAGES });
    const args = { ids: [FIRST, SECOND], set: { env: "dev" } };
    const { confirm } = question(await harness.call("hcloud_edit_image_labels", args));
    for (const ids of [[FIRST], [FIRST, THIRD], [FIRST, SECOND, THIRD]]) {
      const answer = await harness.call("hcloud_edit_image_labels", { ...args, ids, confirm });
      expect(question(answer).refused).toMatch(/other arguments|has changed/);
    }
    expectNothingChanged(harness);
  });
});

test.each(DOORS.slice(0, 2))(
  "of twenty calls that race with one code to $what, exactly one wins",
  async (door) => {
    const harness = await start({ images: IMAGES, rateLimit: 1_000_000 });
    const confirm = await codeFor(harness, door);
    // Answers come in another order than the requests, and not before all are there.
    const held: (() => void)[] = [];
    harness.simulator.intercept = (request, response, apply) => {
      held.push(() => void reply(request, response, apply));
      return "handled";
    };
    const racing = Promise.all(Array.from({ length: 20 }, () => knock(harness, door, { confirm })));
    let settled = false;
    void racing.finally(() => {
      settled = true;
    });
    while (!settled) {
      for (let i = 0; i < 30; i++) await turn();
      for (const answer of held.splice(0).reverse()) answer();
    }
    const answers = await racing;
    expect(answers.filter(isDone)).toHaveLength(1);
    const written = harness.simulator.writes().map(({ path }) => path);
    expect(new Set(written).size).toBe(written.length);
    expect(written.length).toBe(Array.isArray(door.args["ids"]) ? door.args["ids"].length : 1);
  },
);

describe("what happens to the target between the last look and the deed", () => {
  test.each([
    [409, "conflict"],
    [423, "locked"],
    [423, "protected"],
    [422, "invalid_input"],
    [412, "resource_unavailable"],
  ])("is the API's to judge: its %i %s is never overridden", async (status, code) => {
    const harness = await start({ images: IMAGES });
    const door = DOORS[0] as Door;
    const confirm = await codeFor(harness, door);
    harness.simulator.intercept = answering("DELETE", "/images", apiError(status, code));
    expect(failure(await knock(harness, door, { confirm }))).toContain(`(${code},`);
    harness.simulator.intercept = undefined;
    for (const image of IMAGES) expect(harness.simulator.state.images.get(image.id)).toEqual(image);
    expect(question(await knock(harness, door, { confirm })).refused).toBe(
      "This code has been used already. This is a fresh preview.",
    );
  });

  test("such as protection that was switched on in that moment keeps the image, and no other goes", async () => {
    const harness = await start({ images: IMAGES });
    const confirm = await codeFor(harness, DOORS[1] as Door);
    harness.simulator.intercept = (request) => {
      if (isDelete(request) && request.path.endsWith(`/${SECOND}`)) {
        alter(harness, SECOND, { protection: { delete: true } });
      }
    };
    const { deleted, failed } = deletionsOf(await harness.call(DELETE, { confirm, count: 3 }));
    expect(deleted.toSorted()).toEqual([FIRST, THIRD]);
    expect(failed?.map(({ id }) => id)).toEqual([SECOND]);
    expect(stored(harness, SECOND).protection.delete).toBe(true);
    expect(harness.simulator.writes()).toHaveLength(3);
  });
});

test("of 100,000 codes that look like real ones none passes", async (context) => {
  const now = Date.parse("2026-11-23T12:00:00Z");
  const gate = new ConfirmationCodes(() => now);
  const plans = new Plans(gate);
  const bound = { tool: "hcloud_delete_image", input: { id: 1 }, state: IMAGES[0] };
  const real = gate.issue(bound).confirm;
  plans.issue({ covered: cover(IMAGES) });
  const digits = "0123456789abcdefghijklmnopqrstuv";
  let passed = 0;
  const TRIES = 100_000;
  for (let i = 0; i < TRIES; i++) {
    const tail = Array.from({ length: 15 }, () => digits[randomInt(32)]).join("");
    const forged = `${real.slice(0, real.indexOf("-"))}-${tail}`;
    if (forged !== real && gate.check(forged, bound) === null) passed++;
    if (typeof plans.find(forged) !== "string") passed++;
  }
  expect(passed).toBe(0);
  expect(gate.check(real, bound)).toBeNull();
  context.task.meta.figures = { "random codes tried": TRIES, "random codes that passed": passed };
});
