/** Sequences that once got around an operator rule, or past what the bin promises. */

import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RecordedRequest } from "../../src/simulator/http.ts";
import { alter, expectFailure, question, stored } from "../support/answers.ts";
import { BIN, RESTORE } from "../support/bin.ts";
import {
  aged,
  codeOf,
  DELETE,
  deletionsOf,
  isDelete,
  isRead,
  many,
  onRequest,
  PLAN,
} from "../support/cleanup.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startForms, yes } from "../support/forms.ts";
import { type FakeClock, type Harness, NOON } from "../support/harness.ts";
import { startWithRules, writeRulesFile } from "../support/rules.ts";
import { BARE_ENV, COMMAND, callMessage, INITIALIZE } from "../support/spawned.ts";

const DELETE_ONE = "hcloud_delete_image";
const PROTECTION = "hcloud_change_image_protection";
const HOUR = 3_600_000;
const DAY_MS = 24 * HOUR;

/** Deletes the three oldest of ten snapshots. */
async function deleteThree({ call }: Pick<Awaited<ReturnType<typeof startWithRules>>, "call">) {
  const { confirm } = question(await call(DELETE, { ids: [1008, 1009, 1010] }));
  expect(deletionsOf(await call(DELETE, { confirm, count: 3 })).deleted).toHaveLength(3);
}

describe("rule never", () => {
  test.each(["!temporary", "env!=dev", "env notin (dev, test)"])(
    "never allows the restore of an image that did not match %s before its labels were hidden",
    async (selector) => {
      const labels = { temporary: "yes", env: "dev" };
      const harness = await startWithRules(`never = ["${selector}"]`, { images: [aged(1, 30, { labels })] });
      await harness.call(BIN, { ids: [1], hide: true });
      expect(stored(harness, 1).labels).toHaveProperty("bin/due");
      await harness.call(RESTORE, { ids: [1] });
      expect(stored(harness, 1).labels).toEqual(labels);
    },
  );

  test.each(["!temporary", "env!=dev", "env notin (dev, test)"])(
    "never allows the deletion of a due image that did not match %s before its labels were hidden",
    async (selector) => {
      const labels = { temporary: "yes", env: "dev" };
      const { call, clock } = await startWithRules(`never = ["${selector}"]`, {
        images: [aged(1, 30, { labels })],
      });
      await call(BIN, { ids: [1], hide: true, days: 1 });
      clock.pass(3 * DAY_MS);
      const plan = await call(PLAN, { bin: "due" });
      expect(deletionsOf(await call(DELETE, { confirm: codeOf(plan), count: 1 })).deleted).toEqual([1]);
    },
  );

  test.each<[selector: string, labels: Record<string, string>]>([
    ["!temporary", {}],
    ["!temporary", { "bin/env": "dev" }],
    ["env!=dev", { "bin/env": "prod" }],
    ["env!=dev", { "bin/env": "prod", env: "dev" }],
    ["env!=dev", { "bin/env": "dev", env: "prod" }],
    ["role", { role: "golden", "bin/env": "dev" }],
    ["role,!env", { "bin/role": "golden" }],
    ["bin/env", { "bin/env": "dev" }],
  ])("never keeps an image in the bin that matches %s with the labels %j", async (selector, labels) => {
    const { call } = await startWithRules(`never = ["${selector}"]`, {
      images: [aged(1, 30, { labels: { ...labels, "bin/due": "2026-11-01" } })],
    });
    expectFailure(await call(DELETE_ONE, { id: 1 }), "forbidden_by_rule", `rule never: ${selector}`);
  });

  test("never keeps an image outside the bin that misses a label, whatever looks like a hidden one", async () => {
    const { call } = await startWithRules('never = ["!temporary"]', {
      images: [aged(1, 30, { labels: { "bin/temporary": "" } })],
    });
    expectFailure(await call(DELETE_ONE, { id: 1 }), "forbidden_by_rule", "rule never: !temporary");
  });

  test("never allows the restore of an image that matches only by a label of the bin", async () => {
    const harness = await startWithRules("min_age_days = 1", {
      images: [aged(1, 30, { labels: { a: "" } })],
    });
    await harness.call(BIN, { ids: [1], hide: true });
    harness.file.replace('never = ["bin/a"]');
    await harness.call(RESTORE, { ids: [1] });
    expect(stored(harness, 1).labels).toEqual({ a: "" });
  });

  test.each<[string, Record<string, string>]>([
    ["while another client has added another value", { "bin/role": "golden", role: "base" }],
    ["in an image that was hidden twice", { "bin.bin/role": "golden" }],
  ])("never counts a hidden label %s", async (_, labels) => {
    const { call } = await startWithRules('never = ["role=golden"]', {
      images: [aged(1, 30, { labels: { ...labels, "bin/due": "2026-11-01" } })],
    });
    expect((await call(DELETE_ONE, { id: 1 })).isError).toBe(true);
  });
});

describe("rules that are replaced during a call", () => {
  test.each(["keep_at_least = 9", "max_images_per_call = 2", "max_images_per_day = 2"])(
    "rules that are replaced during a call apply to requests not yet sent: %s",
    async (rules) => {
      const { call, file, simulator } = await startWithRules("min_age_days = 1", { images: many(12) });
      const ids = Array.from({ length: 9 }, (_, i) => 1004 + i);
      const { confirm } = question(await call(DELETE, { ids }));
      // Before anything is deleted.
      simulator.intercept = onRequest(1, isRead, () => void file.replace(rules) as undefined);
      expect(deletionsOf(await call(DELETE, { confirm, count: 9 })).deleted.length).toBeLessThan(4);
    },
  );

  test("rules that are replaced during a call void the code for the rest", async () => {
    const { call, file, simulator, clock } = await startWithRules("min_age_days = 1", { images: many(12) });
    const ids = Array.from({ length: 9 }, (_, i) => 1004 + i);
    const { confirm } = question(await call(DELETE, { ids }));
    simulator.intercept = onRequest(1, isDelete, () => {
      file.replace("min_age_days = 2");
      clock.pass(40_000);
      return undefined;
    });
    const { confirm: more, remaining } = deletionsOf(await call(DELETE, { confirm, count: 9 }));
    expect(remaining).toBeGreaterThan(0);
    const before = simulator.writes().length;
    await call(DELETE, { confirm: more, count: remaining });
    expect(simulator.writes()).toHaveLength(before);
  });
});

describe("rules that are replaced while a form is open", () => {
  test.each([
    [DELETE_ONE, { id: 1 }, false],
    [PROTECTION, { id: 1, delete: false }, true],
  ] as [string, Record<string, unknown>, boolean][])(
    "a rules file that is replaced while a form of 2025-11-25 is open voids the answer: %s",
    async (tool, args, isProtected) => {
      const file = writeRulesFile("min_age_days = 10");
      const images = [aged(1, 30, { protection: { delete: isProtected } })];
      const harness = await startForms({ era: "2025-11-25", ...file, images, actionMs: 0 });
      harness.person = (form, number) => {
        if (number === 1) file.replace("min_age_days = 9");
        return yes(form);
      };
      await harness.call(tool, args);
      // As in 2026-07-28, where the person is asked again.
      expect(harness.forms).toHaveLength(2);
    },
  );

  test("rules that are replaced while a form is open apply after a moment with an unusable file", async () => {
    const file = writeRulesFile("keep_at_least = 3");
    const harness = await startForms({ era: "2025-11-25", ...file, images: [...many(3), aged(2000, 90)] });
    const { simulator } = harness;
    harness.person = (form) => {
      file.replace("");
      simulator.intercept = onRequest(1, isRead, () => {
        file.replace("keep_at_least = 3");
        simulator.state.images.delete(1001);
        return undefined;
      });
      return yes(form);
    };
    await harness.call(DELETE_ONE, { id: 2000 });
    expect(simulator.writes()).toEqual([]);
  });
});

describe("rule max_images_per_day", () => {
  test("max_images_per_day counts lines before one with an earlier time", async () => {
    const harness = await startWithRules("max_images_per_day = 3", { images: many(10) });
    await deleteThree(harness);
    // As of a machine that has not asked anybody for the time yet.
    const line = { time: "1970-01-01T00:00:20.000Z", call: "other", outcome: "preview" };
    appendFileSync(harness.file.auditFile, `${JSON.stringify(line)}\n`);
    expect((await harness.call(DELETE_ONE, { id: 1001 })).isError).toBe(true);
  });

  test("max_images_per_day counts images deleted before the rule was set", async () => {
    const harness = await startWithRules("min_age_days = 1", { images: many(10) });
    await deleteThree(harness);
    harness.file.replace("max_images_per_day = 3");
    expect((await harness.call(DELETE_ONE, { id: 1007 })).isError).toBe(true);
  });

  test("max_images_per_day uses the earlier of two clocks that differ", async () => {
    let clock: FakeClock | undefined;
    let ahead = 0;
    const now = () => (clock?.time ?? NOON) - ahead;
    const harness = await startWithRules("max_images_per_day = 3", { images: many(10), now });
    clock = harness.clock;
    await deleteThree(harness);
    ahead = 25 * HOUR;
    clock.pass(ahead);
    expect((await harness.call(DELETE_ONE, { id: 1001 })).isError).toBe(true);
  });
});

describe("the bin", () => {
  test("the bin keeps an image for its days although the API's clock was behind", async () => {
    let behind = 30 * DAY_MS;
    let clock: FakeClock | undefined;
    const now = () => (clock?.time ?? NOON) - behind;
    const harness = await startWithRules('delete = "bin first"', { images: [aged(1, 90)], now });
    clock = harness.clock;
    await harness.call(BIN, { ids: [1], days: 7 });
    behind = 0;
    expect((await harness.call(DELETE_ONE, { id: 1 })).isError).toBe(true);
  });
});

describe("hcloud_edit_image_labels", () => {
  test("an edit of labels puts no image back into the bin that another client restores during the call", async () => {
    const labels = { "bin/due": "2026-11-20" };
    const harness = await startWithRules('delete = "bin first"', { images: [aged(1, 30, { labels })] });
    // After the edit is written, before it is read again.
    harness.simulator.intercept = onRequest(1, isWritten(harness), () => alter(harness, 1, { labels: {} }));
    await harness.call("hcloud_edit_image_labels", { ids: [1], set: { ...labels, owner: "anna" } });
    expect(stored(harness, 1).labels).not.toHaveProperty("bin/due");
  });
});

/** Picks reads after the first write. */
const isWritten =
  ({ simulator }: Pick<Harness, "simulator">) =>
  (request: RecordedRequest) =>
    isRead(request) && simulator.writes().length === 1;

describe("the rules file", () => {
  test("a rules file is refused when only comments remain", async () => {
    const { call, file, simulator } = await startWithRules("min_age_days = 90", { images: [aged(1, 30)] });
    file.replace("# Rules of the operator\n");
    expect((await call(BIN, { ids: [1] })).isError).toBe(true);
    expect(simulator.writes()).toEqual([]);
  });
});

describe("a rules file that is no file", () => {
  /** The path of a pipe that nobody writes to. */
  function pipe(): string {
    const path = join(temporaryFolder(), "pipe");
    spawnSync("sh", ["-c", `mkfifo '${path}'`]);
    return path;
  }

  /** What the built command answers before it is stopped, after five seconds. */
  function answersTo(env: Record<string, string>): string {
    const messages = [INITIALIZE, callMessage(2, DELETE_ONE, { id: 382090017 })];
    const input = messages.map((message) => `${JSON.stringify(message)}\n`).join("");
    const { stdout } = spawnSync(process.execPath, [COMMAND, "--demo"], {
      input,
      env: { ...BARE_ENV, ...env },
      encoding: "utf8",
      timeout: 5_000,
      killSignal: "SIGKILL",
    });
    return stdout;
  }

  test.each([
    ["a pipe", pipe],
    ["a device without an end", () => "/dev/zero"],
  ])("refuses every change when the rules file is %s", (_, path) => {
    expect(answersTo({ HCLOUD_IMAGES_RULES: path() })).toContain("(rules_unusable)");
  });
});
