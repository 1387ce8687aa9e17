import { describe, expect, test } from "vitest";
import { CODE_LIFETIME_MS } from "../../src/call/confirmation-codes.ts";
import {
  alter,
  answering,
  apiError,
  BACKUP,
  changes,
  expectFailure,
  expectMistake,
  expectUntouched,
  lines,
  PROTECTED,
  question,
  refusal,
  SNAPSHOT,
  start,
  stored,
} from "../support/answers.ts";
import { type Harness, NOON } from "../support/harness.ts";

const UPDATE = "hcloud_update_image";
const DELETE = "hcloud_delete_image";
const PROTECTION = "hcloud_change_image_protection";
const EDIT = "hcloud_edit_image_labels";

type Question = [tool: string, args: Record<string, unknown>, id: number, words: string];

/** One question of each gated tool, the image that it is about, and the words of its code. */
const QUESTIONS: Question[] = [
  [DELETE, { id: SNAPSHOT }, SNAPSHOT, "delete snapshot 362118904, 3.87 GB, shop-staging"],
  [
    UPDATE,
    { id: SNAPSHOT, labels: { env: "prod", owner: "me" } },
    SNAPSHOT,
    "replace labels of snapshot 362118904, 2 label values lost",
  ],
  [
    UPDATE,
    { id: SNAPSHOT, labels: { env: "staging" }, description: "x" },
    SNAPSHOT,
    "replace labels of snapshot 362118904, 1 label value lost, new description",
  ],
  [
    UPDATE,
    { id: BACKUP, type: "snapshot", description: "x" },
    BACKUP,
    "turn backup 399011806 into a snapshot, new description",
  ],
  [PROTECTION, { id: PROTECTED, delete: false }, PROTECTED, "lift the protection of snapshot 371904418"],
  [
    EDIT,
    { ids: [SNAPSHOT], set: { env: "prod" }, remove: ["app"] },
    SNAPSHOT,
    "edit labels of snapshot 362118904, values are lost",
  ],
];

describe.each(QUESTIONS)("%s %j", (tool, args, id, words) => {
  const ask = async (harness: Harness) => question(await harness.call(tool, args));
  const repeat = (harness: Harness, confirm: unknown) => harness.call(tool, { ...args, confirm });

  test("changes nothing without a code, however often the tool is called", async () => {
    const harness = await start();
    const before = stored(harness, id);
    const codes = [await ask(harness), await ask(harness)].map(({ confirm }) => confirm);
    expect(new Set(codes).size).toBe(2);
    expectUntouched(harness, before);
  });

  test("returns a code that begins with the planned change", async () => {
    const { confirm } = await ask(await start());
    expect(confirm.slice(0, -14)).toBe(words);
    expect(confirm).toMatch(/ #[2-9a-z]{12}$/);
  });

  test("acts exactly once with the code, after reading the target again", async () => {
    const harness = await start();
    const { confirm } = await ask(harness);
    const asked = harness.simulator.requests.length;
    expect((await repeat(harness, confirm)).data["status"]).toBe("done");
    expect(changes(harness)).toHaveLength(1);
    const [first] = harness.simulator.requests.slice(asked);
    expect(first).toMatchObject({ method: "GET", path: `/images/${id}`, status: 200 });
  });

  test("acts once when two concurrent calls have the same code", async () => {
    const harness = await start();
    const { confirm } = await ask(harness);
    const answers = await Promise.all([repeat(harness, confirm), repeat(harness, confirm)]);
    expect(answers.filter(({ text }) => text.includes('"status":"done"'))).toHaveLength(1);
    const other = answers.find(({ text }) => !text.includes('"status":"done"'));
    if (other && !other.isError) expect(refusal(other)).toBe("used");
    expect(changes(harness)).toHaveLength(1);
  });

  test("accepts the code for an hour, and then returns a fresh preview whose code works", async () => {
    const harness = await start();
    const before = stored(harness, id);
    const [last, late] = [await ask(harness), await ask(harness)];
    expect(last.expires_at).toBe(new Date(NOON + CODE_LIFETIME_MS).toISOString());
    harness.clock.pass(CODE_LIFETIME_MS);
    const answer = await repeat(harness, late.confirm);
    expect(refusal(answer)).toBe("expired");
    expectUntouched(harness, before);
    const fresh = question(answer).confirm;
    harness.clock.pass(CODE_LIFETIME_MS - 1);
    expect((await repeat(harness, fresh)).data["status"]).toBe("done");
    expect(changes(harness)).toHaveLength(1);
  });

  test("refuses a text that is no code of this server", async () => {
    const harness = await start({ rateLimit: 1_000_000 });
    const before = stored(harness, id);
    const { confirm } = await ask(harness);
    const forged = [" ", "yes", "true", "#", "__proto__", words, `${words} #`].concat(
      [confirm.slice(0, -1), confirm.slice(1), confirm.slice(-12), `${confirm}0`, ` ${confirm}`],
      [`${confirm}\n`, confirm.toUpperCase(), "💥".repeat(12), "x".repeat(100_000)],
      Array.from({ length: 12 }, (_, i) => replaced(confirm, confirm.length - 1 - i)),
    );
    for (const code of forged) expect(refusal(await repeat(harness, code)), code).toBe("unknown");
    expectUntouched(harness, before);
    expect((await repeat(harness, confirm)).data["status"]).toBe("done");
  });

  test.each([true, 1, ["x"], { code: "x" }])(
    "refuses %j as a code, before anything is sent",
    async (confirm) => {
      const harness = await start();
      expectMistake(await repeat(harness, confirm), "confirm");
      expect(harness.simulator.requests).toEqual([]);
    },
  );

  test("refuses a code of another server of the same project", async () => {
    const [ours, other] = [await start(), await start()];
    const { confirm } = await ask(other);
    expect(refusal(await repeat(ours, confirm))).toBe("unknown");
    expectUntouched(ours, stored(ours, id));
  });

  test("refuses the codes of all other calls, and uses none of them up", async () => {
    for (const [otherTool, otherArgs] of QUESTIONS.filter((each) => each[1] !== args)) {
      const harness = await start();
      const { confirm } = question(await harness.call(otherTool, otherArgs));
      expect(refusal(await repeat(harness, confirm))).toBe("other");
      expect(harness.simulator.writes()).toEqual([]);
      expect((await harness.call(otherTool, { ...otherArgs, confirm })).data["status"]).toBe("done");
    }
  });

  test("uses the code up when the API refuses the change", async () => {
    const harness = await start();
    const before = stored(harness, id);
    const { confirm } = await ask(harness);
    harness.simulator.intercept = (...request) =>
      request[0].method === "GET"
        ? undefined
        : answering(request[0].method, "/", apiError(423, "locked"))(...request);
    expectFailure(await repeat(harness, confirm), "locked");
    harness.simulator.intercept = undefined;
    const fresh = await repeat(harness, confirm);
    expect(refusal(fresh)).toBe("used");
    expect(stored(harness, id)).toEqual(before);
    expect((await repeat(harness, question(fresh).confirm)).data["status"]).toBe("done");
  });
});

/** The text with another character at this place. */
function replaced(text: string, at: number): string {
  return `${text.slice(0, at)}${text[at] === "a" ? "b" : "a"}${text.slice(at + 1)}`;
}

describe("a used code", () => {
  test("a used code never works again, even when the same change would lose data again", async () => {
    const harness = await start();
    const before = stored(harness, SNAPSHOT);
    const args = { id: SNAPSHOT, labels: { env: "prod" } };
    const { confirm } = question(await harness.call(UPDATE, args));
    await harness.call(UPDATE, { ...args, confirm });
    alter(harness, SNAPSHOT, before);
    const expected = { 0: "used", 59: "used", 60: "expired" } as Record<number, string>;
    for (let minutes = 0; minutes <= 60; minutes++) {
      const answer = await harness.call(UPDATE, { ...args, confirm });
      if (expected[minutes]) expect(refusal(answer), String(minutes)).toBe(expected[minutes]);
      harness.clock.pass(60_000);
    }
    expect(changes(harness)).toHaveLength(1);
    expect(stored(harness, SNAPSHOT)).toEqual(before);
  });

  test("two concurrent calls with one code send one deletion to the API", async () => {
    const harness = await start();
    const { confirm } = question(await harness.call(DELETE, { id: SNAPSHOT }));
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => harness.call(DELETE, { id: SNAPSHOT, confirm })),
    );
    expect(answers.filter(({ text }) => text.includes('"status":"done"'))).toHaveLength(1);
    expect(lines(harness.simulator.writes())).toEqual([`DELETE /images/${SNAPSHOT}`]);
  });
});

describe("arguments of a code", () => {
  test("a code is refused for every other call of the same tool, and is not used up", async () => {
    const harness = await start();
    const args = { id: SNAPSHOT, labels: { env: "prod" } };
    const { confirm } = question(await harness.call(UPDATE, args));
    for (const other of [
      { id: SNAPSHOT, labels: { env: "dev" } },
      { id: SNAPSHOT, labels: {} },
      { id: SNAPSHOT, labels: { env: "prod", a: "b" } },
      { ...args, description: "x" },
      { ...args, description: "" },
      { ...args, type: "snapshot" },
    ]) {
      expect(refusal(await harness.call(UPDATE, { ...other, confirm }))).toBe("other");
    }
    expect(harness.simulator.writes()).toEqual([]);
    expect((await harness.call(UPDATE, { ...args, confirm })).data["status"]).toBe("done");
  });

  test("a code for one image does not work for another image of the same kind", async () => {
    const harness = await start();
    const { confirm } = question(await harness.call(DELETE, { id: SNAPSHOT }));
    expect(refusal(await harness.call(DELETE, { id: 367440872, confirm }))).toBe("other");
    expect(harness.simulator.writes()).toEqual([]);
  });
});

test.each([
  [UPDATE, { id: SNAPSHOT, description: "x" }],
  [PROTECTION, { id: SNAPSHOT, delete: true }],
  [EDIT, { ids: [SNAPSHOT], set: { a: "b" } }],
])("%s %j loses nothing, and is done whatever its code is", async (tool, args) => {
  const harness = await start();
  expect((await harness.call(tool, { ...args, confirm: "made-up" })).data["status"]).toBe("done");
  expect(changes(harness)).toHaveLength(1);
});
