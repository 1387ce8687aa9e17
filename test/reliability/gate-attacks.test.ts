import { randomInt } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  alter,
  answering,
  apiError,
  expectFailure,
  question,
  refusal,
  start,
  stored,
} from "../support/answers.ts";
import { DELETE, deletionsOf, isDelete, reply } from "../support/cleanup.ts";
import { ALPHABET, agreement, openStore, TOOL, WORDS } from "../support/codes.ts";
import {
  bitFlips,
  corruptCodes,
  FIRST,
  GATE_CASES,
  GATE_IMAGES,
  type GateCase,
  SECOND,
  THIRD,
} from "../support/gate-cases.ts";
import type { Answer, Harness } from "../support/harness.ts";

const knock = (harness: Harness, { tool, args }: GateCase, more: Record<string, unknown> = {}) =>
  harness.call(tool, { ...args, ...more });

async function codeFor(harness: Harness, door: GateCase): Promise<string> {
  return question(await knock(harness, door)).confirm;
}

const isDone = (answer: Answer) => !answer.isError && answer.data["status"] === "done";

/** Fails unless all images are as they were, and nothing but reading was even asked for. */
function expectNothingChanged({ simulator }: Harness): void {
  expect(simulator.writes()).toEqual([]);
  for (const image of GATE_IMAGES) expect(simulator.state.images.get(image.id)).toEqual(image);
}

test.each(GATE_CASES)("no altered code confirms a call to $what, and the real one does", async (door) => {
  const harness = await start({ images: GATE_IMAGES, rateLimit: 1_000_000 });
  const code = await codeFor(harness, door);
  for (const forged of [...bitFlips(code), ...corruptCodes(code)]) {
    expect(refusal(await knock(harness, door, { confirm: forged })), JSON.stringify(forged)).toBe("unknown");
  }
  expectNothingChanged(harness);
  // Each refused code got a fresh preview, whose code may have pushed the first one out of the store.
  expect(isDone(await knock(harness, door, { confirm: await codeFor(harness, door) }))).toBe(true);
});

const PAIRS = GATE_CASES.flatMap((door) =>
  GATE_CASES.map((other) => ({ door, other, from: door.what, to: other.what })),
);

test.each(PAIRS.filter(({ door, other }) => door !== other))(
  "the code to $from does not confirm a call to $to, and is not used up by the attempt",
  async ({ door, other }) => {
    const harness = await start({ images: GATE_IMAGES });
    const confirm = await codeFor(harness, door);
    for (const more of other.tool === DELETE ? [{}, { count: 3 }] : [{}]) {
      expect(refusal(await knock(harness, other, { confirm, ...more }))).toBe("other");
    }
    expectNothingChanged(harness);
    expect(isDone(await knock(harness, door, { confirm }))).toBe(true);
    expect(harness.simulator.writes()).not.toEqual([]);
  },
);

test.each(GATE_CASES)("a code of another server does not confirm a call to $what", async (door) => {
  const [ours, other] = [await start({ images: GATE_IMAGES }), await start({ images: GATE_IMAGES })];
  expect(refusal(await knock(ours, door, { confirm: await codeFor(other, door) }))).toBe("unknown");
  expectNothingChanged(ours);
});

describe("arguments of a confirmed call", () => {
  test("a code accepts ids, label keys and arguments in another order", async () => {
    const harness = await start({ images: GATE_IMAGES });
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

  test("a code accepts the ids of a deletion in another order", async () => {
    const harness = await start({ images: GATE_IMAGES });
    const { confirm } = question(await harness.call(DELETE, { ids: [FIRST, SECOND, THIRD] }));
    const answer = await harness.call(DELETE, { confirm, ids: [THIRD, FIRST, SECOND] });
    expect(deletionsOf(answer).deleted.toSorted()).toEqual([FIRST, SECOND, THIRD]);
  });

  test("a code refuses an id more, an id less and another id", async () => {
    const harness = await start({ images: GATE_IMAGES });
    const args = { ids: [FIRST, SECOND], set: { env: "dev" } };
    const { confirm } = question(await harness.call("hcloud_edit_image_labels", args));
    for (const ids of [[FIRST], [FIRST, THIRD], [FIRST, SECOND, THIRD]]) {
      const answer = await harness.call("hcloud_edit_image_labels", { ...args, ids, confirm });
      expect(refusal(answer)).toBe("other");
    }
    expectNothingChanged(harness);
  });
});

test.each(GATE_CASES.slice(0, 2))(
  "exactly one of twenty concurrent calls with one code to $what acts",
  async (door) => {
    const harness = await start({ images: GATE_IMAGES, rateLimit: 1_000_000 });
    const confirm = await codeFor(harness, door);
    // Responses come in another order than the requests, and not before all have arrived.
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
    for (const answer of answers.filter((one) => !one.isError && !isDone(one))) {
      expect(refusal(answer)).toBe("used");
    }
    const written = harness.simulator.writes().map(({ path }) => path);
    expect(new Set(written).size).toBe(written.length);
    expect(written.length).toBe(Array.isArray(door.args["ids"]) ? door.args["ids"].length : 1);
  },
);

describe("a change of the target between the last read and the write", () => {
  test.each([
    [409, "conflict"],
    [423, "locked"],
    [423, "protected"],
    [422, "invalid_input"],
    [412, "resource_unavailable"],
  ])("the API's refusal after the last read (%i %s) is never overridden", async (status, code) => {
    const harness = await start({ images: GATE_IMAGES });
    const door = GATE_CASES[0] as GateCase;
    const confirm = await codeFor(harness, door);
    harness.simulator.intercept = answering("DELETE", "/images", apiError(status, code));
    expectFailure(await knock(harness, door, { confirm }), code);
    harness.simulator.intercept = undefined;
    for (const image of GATE_IMAGES) expect(harness.simulator.state.images.get(image.id)).toEqual(image);
    expect(refusal(await knock(harness, door, { confirm }))).toBe("used");
  });

  test("an image that is protected between its last read and its deletion is kept, and no other", async () => {
    const harness = await start({ images: GATE_IMAGES });
    const confirm = await codeFor(harness, GATE_CASES[1] as GateCase);
    harness.simulator.intercept = (request) => {
      if (isDelete(request) && request.path.endsWith(`/${SECOND}`)) {
        alter(harness, SECOND, { protection: { delete: true } });
      }
    };
    const { deleted, skipped } = deletionsOf(await harness.call(DELETE, { confirm, count: 3 }));
    expect(deleted.toSorted()).toEqual([FIRST, THIRD]);
    expect(skipped?.map(({ id }) => id)).toEqual([SECOND]);
    expect(stored(harness, SECOND).protection.delete).toBe(true);
    expect(harness.simulator.writes()).toHaveLength(3);
  });
});

test("refuses 100,000 random codes of the right form", async (context) => {
  const { codes, isValid } = openStore();
  const real = codes.issue(WORDS, agreement()).confirm;
  codes.issue(WORDS, { ...agreement(), shown: { images: GATE_IMAGES } });
  let passed = 0;
  const TRIES = 100_000;
  for (let i = 0; i < TRIES; i++) {
    const tail = Array.from({ length: 12 }, () => ALPHABET[randomInt(32)]).join("");
    const forged = `${WORDS} #${tail}`;
    if (forged !== real && typeof codes.find(forged, TOOL) !== "string") passed++;
  }
  expect(passed).toBe(0);
  expect(isValid(real)).toBe(true);
  context.task.meta.figures = { "random codes tried": TRIES, "random codes that passed": passed };
});
