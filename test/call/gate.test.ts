import { describe, expect, test } from "vitest";
import { CODE_LIFETIME } from "../../src/call/confirmation-codes.ts";
import {
  alter,
  answering,
  apiError,
  BACKUP,
  changes,
  expectUntouched,
  failure,
  lines,
  PROTECTED,
  question,
  SNAPSHOT,
  start,
  stored,
} from "../support/answers.ts";
import { type Harness, NOON } from "../support/harness.ts";

const UPDATE = "hcloud_update_image";
const DELETE = "hcloud_delete_image";
const PROTECTION = "hcloud_change_image_protection";

/** One question of each gated tool. */
const QUESTIONS: [tool: string, args: { id: number } & Record<string, unknown>][] = [
  [DELETE, { id: SNAPSHOT }],
  [UPDATE, { id: SNAPSHOT, labels: { env: "prod", owner: "me" } }],
  [UPDATE, { id: BACKUP, type: "snapshot" }],
  [PROTECTION, { id: PROTECTED, delete: false }],
];

async function ask(harness: Harness, tool: string, args: Record<string, unknown>) {
  return question(await harness.call(tool, args));
}

describe.each(QUESTIONS)("%s %j", (tool, args) => {
  test("changes nothing without a code, however often it is asked", async () => {
    const harness = await start();
    const before = stored(harness, args.id);
    const codes = [await ask(harness, tool, args), await ask(harness, tool, args)].map(
      ({ confirm }) => confirm,
    );
    expect(new Set(codes).size).toBe(2);
    expectUntouched(harness, before);
  });

  test("acts exactly once with the right code, after reading the target again", async () => {
    const harness = await start();
    const { confirm } = await ask(harness, tool, args);
    const asked = harness.simulator.requests.length;
    expect((await harness.call(tool, { ...args, confirm })).data["status"]).toBe("done");
    expect(changes(harness)).toHaveLength(1);
    const [first, second] = harness.simulator.requests.slice(asked);
    expect(first).toMatchObject({ method: "GET", path: `/images/${args.id}`, status: 200 });
    expect(second?.method).not.toBe("GET");
  });

  test("says until when its code is good", async () => {
    const harness = await start();
    const { expires_at } = await ask(harness, tool, args);
    const until = Date.parse(expires_at);
    expect(until - NOON).toBe(CODE_LIFETIME);
    expect(CODE_LIFETIME).toBe(600_000);
  });

  test("acts with a code in its last millisecond", async () => {
    const harness = await start();
    const { confirm, expires_at } = await ask(harness, tool, args);
    harness.clock.pass(Date.parse(expires_at) - 1 - harness.clock.time);
    expect((await harness.call(tool, { ...args, confirm })).data["status"]).toBe("done");
    expect(changes(harness)).toHaveLength(1);
  });

  test("refuses an expired code with a fresh preview, whose code works", async () => {
    const harness = await start();
    const before = stored(harness, args.id);
    const { confirm, expires_at } = await ask(harness, tool, args);
    harness.clock.pass(Date.parse(expires_at) - harness.clock.time);
    const fresh = await ask(harness, tool, { ...args, confirm });
    expect(fresh.refused).toBe("This code has expired. This is a fresh preview.");
    expectUntouched(harness, before);
    expect((await harness.call(tool, { ...args, confirm: fresh.confirm })).data["status"]).toBe("done");
  });

  test("refuses what is not a code of this server", async () => {
    const harness = await start();
    const before = stored(harness, args.id);
    const { confirm } = await ask(harness, tool, args);
    const flipped = Array.from(
      confirm,
      (letter, i) => `${confirm.slice(0, i)}${letter === "a" ? "b" : "a"}${confirm.slice(i + 1)}`,
    );
    const forged = [
      "",
      " ",
      "yes",
      "true",
      "-",
      "0-000000000000000",
      confirm.slice(0, -1),
      confirm.slice(1),
    ].concat(
      [
        `${confirm}0`,
        ` ${confirm}`,
        `${confirm}\n`,
        confirm.toUpperCase(),
        "💥".repeat(12),
        "x".repeat(100_000),
      ],
      flipped,
    );
    for (const code of forged) {
      expect((await ask(harness, tool, { ...args, confirm: code })).refused, code).toMatch(/^(This|The) /);
    }
    expectUntouched(harness, before);
    expect((await harness.call(tool, { ...args, confirm })).data["status"]).toBe("done");
  });

  test.each([true, 1, ["x"], { code: "x" }])(
    "refuses %j for a code, before anything is sent",
    async (confirm) => {
      const { call, simulator } = await start();
      expect(failure(await call(tool, { ...args, confirm }))).toMatch(/^confirm: .*\(invalid_input\)$/);
      expect(simulator.requests).toEqual([]);
    },
  );

  test("refuses a code of another server of the same project", async () => {
    const [ours, other] = [await start(), await start()];
    const { confirm } = await ask(other, tool, args);
    const { refused } = await ask(ours, tool, { ...args, confirm });
    expect(refused).toBe(
      "This code was not issued by this server since it was started. This is a fresh preview.",
    );
    expectUntouched(ours, stored(ours, args.id));
  });

  test("refuses the codes of all other questions, and does not use them up", async () => {
    const harness = await start();
    const others = QUESTIONS.filter(([otherTool, otherArgs]) => otherTool !== tool || otherArgs !== args);
    for (const [otherTool, otherArgs] of others) {
      const { confirm } = await ask(harness, otherTool, otherArgs);
      const { refused } = await ask(harness, tool, { ...args, confirm });
      expect(refused).toBe(
        "This code was issued for another tool or other arguments. This is a fresh preview.",
      );
      expect(harness.simulator.writes()).toEqual([]);
    }
    const [first] = others;
    if (!first) throw new Error("there is no other question");
    const { confirm } = await ask(harness, first[0], first[1]);
    await ask(harness, tool, { ...args, confirm });
    expect((await harness.call(first[0], { ...first[1], confirm })).data["status"]).toBe("done");
  });
});

describe("a code is good for one time", () => {
  test("also where the same could be done again", async () => {
    const harness = await start();
    const before = stored(harness, SNAPSHOT);
    const args = { id: SNAPSHOT, labels: { env: "prod" } };
    const { confirm } = await ask(harness, UPDATE, args);
    await harness.call(UPDATE, { ...args, confirm });
    alter(harness, SNAPSHOT, before);
    const fresh = await ask(harness, UPDATE, { ...args, confirm });
    expect(fresh.refused).toBe("This code has been used already. This is a fresh preview.");
    expect(changes(harness)).toHaveLength(1);
    expect(stored(harness, SNAPSHOT)).toEqual(before);
    await harness.call(UPDATE, { ...args, confirm: fresh.confirm });
    expect(changes(harness)).toHaveLength(2);
  });

  test("and used up by what the API then refused, which is told", async () => {
    const harness = await start({
      intercept: answering("DELETE", "/images/", apiError(423, "locked", "busy")),
    });
    const before = stored(harness, SNAPSHOT);
    const { confirm } = await ask(harness, DELETE, { id: SNAPSHOT });
    const told = failure(await harness.call(DELETE, { id: SNAPSHOT, confirm }));
    expect(told).toContain("locked");
    expect(told).toContain("Nothing was changed.");
    harness.simulator.intercept = undefined;
    const fresh = await ask(harness, DELETE, { id: SNAPSHOT, confirm });
    expect(fresh.refused).toMatch(/^This code has been used already\./);
    expect(stored(harness, SNAPSHOT)).toEqual(before);
    await harness.call(DELETE, { id: SNAPSHOT, confirm: fresh.confirm });
    expect(harness.simulator.state.images.has(SNAPSHOT)).toBe(false);
  });

  test("also when it comes twice at the same time: one deletion reaches the cloud", async () => {
    const harness = await start();
    const { confirm } = await ask(harness, DELETE, { id: SNAPSHOT });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => harness.call(DELETE, { id: SNAPSHOT, confirm })),
    );
    expect(answers.filter(({ isError, text }) => !isError && text.includes('"status":"done"'))).toHaveLength(
      1,
    );
    expect(lines(harness.simulator.writes())).toEqual([`DELETE /images/${SNAPSHOT}`]);
  });

  test("but not used up by a call with other arguments", async () => {
    const harness = await start();
    const args = { id: SNAPSHOT, labels: { env: "prod" } };
    const { confirm } = await ask(harness, UPDATE, args);
    for (const other of [
      { id: SNAPSHOT, labels: { env: "dev" } },
      { id: SNAPSHOT, labels: {} },
      { id: SNAPSHOT, labels: { env: "prod", a: "b" } },
      { ...args, description: "x" },
      { ...args, type: "snapshot" },
    ]) {
      const { refused } = await ask(harness, UPDATE, { ...other, confirm });
      expect(refused).toMatch(/^This code was issued for another tool or other arguments\./);
    }
    expect(harness.simulator.writes()).toEqual([]);
    expect((await harness.call(UPDATE, { ...args, confirm })).data["status"]).toBe("done");
  });

  test("and good for another image of the same kind only by its own", async () => {
    const harness = await start();
    const [one, two] = [362118904, 367440872];
    const { confirm } = await ask(harness, DELETE, { id: one });
    expect((await ask(harness, DELETE, { id: two, confirm })).refused).toMatch(
      /^This code was issued for another/,
    );
    expect(harness.simulator.writes()).toEqual([]);
  });
});

test("the order of labels makes no difference to a code", async () => {
  const harness = await start();
  const { confirm } = await ask(harness, UPDATE, { id: SNAPSHOT, labels: { a: "1", b: "2", "10": "x" } });
  const again = { labels: { b: "2", "10": "x", a: "1" }, id: SNAPSHOT };
  expect((await harness.call(UPDATE, { confirm, ...again })).data["status"]).toBe("done");
});

test.each([
  [UPDATE, { id: SNAPSHOT, description: "x" }],
  [PROTECTION, { id: SNAPSHOT, delete: true }],
])("a code nobody asked for does not stand in the way of %s %j", async (tool, args) => {
  const harness = await start();
  expect((await harness.call(tool, { ...args, confirm: "made-up" })).data["status"]).toBe("done");
  expect(changes(harness)).toHaveLength(1);
});
