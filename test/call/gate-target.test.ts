import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import {
  alter,
  expectFailure,
  expectMistake,
  expectUntouched,
  lines,
  question,
  refusal,
  SNAPSHOT,
  start,
  stored,
  UNLABELLED,
} from "../support/answers.ts";

const UPDATE = "hcloud_update_image";
const DELETE = "hcloud_delete_image";
const EDIT = "hcloud_edit_image_labels";

describe("code of a target that another client changed", () => {
  const CHANGES: [change: Partial<Image>, told: RegExp][] = [
    [{ description: "other" }, /description was ".*", is "other"\. /],
    [{ labels: { env: "staging", app: "shop", keep: "" } }, /: label "keep" was not set, is ""\. /],
    [{ status: "unavailable" }, /: status was "available", is "unavailable"\. /],
    [{ type: "template" }, /: type was "snapshot", is "template"\. /],
    [{ image_size: 99 }, /: image_size was [\d.]+, is 99\. /],
    [{ disk_size: 99 }, /: disk_size was \d+, is 99\. /],
    [{ created: "2026-01-01T00:00:00Z" }, /: created was ".*", is "2026-01-01T00:00:00Z"\. /],
    [{ created_from: null }, /: created_from was \{.*\}, is not set\. /],
    [{ bound_to: 42 }, /: bound_to was not set, is 42\. /],
    [{ os_version: "99" }, /: os_version was ".*", is "99"\. /],
    [{ architecture: "arm" }, /: architecture was "x86", is "arm"\. /],
  ];

  test.each(CHANGES)(
    "the code of a changed target is refused with the change and a fresh preview, whose code works: %j",
    async (change, told) => {
      const harness = await start();
      const { confirm } = question(await harness.call(DELETE, { id: SNAPSHOT }));
      alter(harness, SNAPSHOT, change);
      const answer = await harness.call(DELETE, { id: SNAPSHOT, confirm });
      expect(refusal(answer)).toBe("changed");
      const fresh = question(answer);
      expect(fresh.refused).toContain(`: image ${SNAPSHOT}: `);
      expect(fresh.refused).toMatch(told);
      expect(fresh.preview["image"]).toMatchObject({ id: SNAPSHOT });
      expectUntouched(harness, stored(harness, SNAPSHOT));
      await harness.call(DELETE, { id: SNAPSHOT, confirm: fresh.confirm });
      expect(lines(harness.simulator.writes())).toEqual([`DELETE /images/${SNAPSHOT}`]);
    },
  );

  test("the code of a changed target is not used up: it works when the target is again as shown", async () => {
    const harness = await start();
    const before = stored(harness, SNAPSHOT);
    const { confirm } = question(await harness.call(DELETE, { id: SNAPSHOT }));
    alter(harness, SNAPSHOT, { description: "something else" });
    expect(refusal(await harness.call(DELETE, { id: SNAPSHOT, confirm }))).toBe("changed");
    alter(harness, SNAPSHOT, before);
    expect((await harness.call(DELETE, { id: SNAPSHOT, confirm })).data["status"]).toBe("done");
  });

  test("a code is accepted when only the image's age has changed", async () => {
    const harness = await start();
    harness.clock.pass(12 * 3_600_000 - 1000);
    const { confirm } = question(await harness.call(DELETE, { id: SNAPSHOT }));
    harness.clock.pass(60_000);
    expect((await harness.call(DELETE, { id: SNAPSHOT, confirm })).data["status"]).toBe("done");
  });

  test("a code does not delete a target that is now protected", async () => {
    const harness = await start();
    const { confirm } = question(await harness.call(DELETE, { id: SNAPSHOT }));
    alter(harness, SNAPSHOT, { protection: { delete: true } });
    expectFailure(await harness.call(DELETE, { id: SNAPSHOT, confirm }), "protected");
    expectUntouched(harness, stored(harness, SNAPSHOT));
  });

  test("a code sends nothing for a target that is gone", async () => {
    const harness = await start();
    const { confirm } = question(await harness.call(DELETE, { id: SNAPSHOT }));
    harness.simulator.state.images.delete(SNAPSHOT);
    expectFailure(await harness.call(DELETE, { id: SNAPSHOT, confirm }), "not_found");
    expect(harness.simulator.writes()).toEqual([]);
  });
});

test("a fresh preview shows the labels that would now be lost", async () => {
  const harness = await start();
  const args = { id: SNAPSHOT, labels: { env: "staging" } };
  const { confirm } = question(await harness.call(UPDATE, args));
  alter(harness, SNAPSHOT, { labels: { env: "staging", app: "shop", legal: "hold" } });
  const answer = await harness.call(UPDATE, { ...args, confirm });
  expect(refusal(answer)).toBe("changed");
  expect(question(answer).preview["labels_lost"]).toEqual({ app: "shop", legal: "hold" });
  expectUntouched(harness, stored(harness, SNAPSHOT));
});

describe("code for several targets", () => {
  const IDS = [SNAPSHOT, UNLABELLED];
  const args = { ids: IDS, set: { env: "dev" } };

  test("the code for several targets is refused when one changed, and names that target", async () => {
    const harness = await start();
    const { confirm } = question(await harness.call(EDIT, args));
    alter(harness, UNLABELLED, { description: "b" });
    const answer = await harness.call(EDIT, { ...args, confirm });
    expect(refusal(answer)).toBe("changed");
    expect(question(answer).refused).toContain(`: image ${UNLABELLED}: description was `);
    expect(harness.simulator.writes()).toEqual([]);
  });

  test("the code for several targets is refused when one is gone, and when one is back", async () => {
    const harness = await start();
    const { confirm } = question(await harness.call(EDIT, args));
    const before = stored(harness, UNLABELLED);
    harness.simulator.state.images.delete(UNLABELLED);
    const without = await harness.call(EDIT, { ...args, confirm });
    expect(refusal(without)).toBe("changed");
    expect(question(without).refused).toContain(`: image ${UNLABELLED} is gone. `);
    harness.simulator.state.images.set(UNLABELLED, before);
    const back = await harness.call(EDIT, { ...args, confirm: question(without).confirm });
    expect(refusal(back)).toBe("changed");
    expect(question(back).refused).toContain(`: image ${UNLABELLED} was not there. `);
    expect(harness.simulator.writes()).toEqual([]);
  });
});

describe("arguments of a confirmed call", () => {
  const args = {
    ids: [SNAPSHOT, UNLABELLED],
    set: { env: "dev", "10": "x", a: "1" },
    remove: ["app", "old"],
  };
  const codeFor = async (given: object) => {
    const harness = await start();
    const { confirm } = question(await harness.call(EDIT, { ...given }));
    return { harness, repeat: (more: object) => harness.call(EDIT, { ...given, ...more, confirm }) };
  };

  test.each<[what: string, more: object]>([
    ["ids in another order", { ids: [UNLABELLED, SNAPSHOT] }],
    ["label keys in another order", { set: { a: "1", "10": "x", env: "dev" } }],
    ["keys to remove in another order", { remove: ["old", "app"] }],
    ["a key to remove twice", { remove: ["app", "old", "app"] }],
  ])("a code accepts %s", async (_, more) => {
    const { repeat } = await codeFor(args);
    expect((await repeat(more)).data["status"]).toBe("done");
  });

  test("a code accepts its arguments in another order", async () => {
    const harness = await start();
    const { confirm } = question(await harness.call(EDIT, args));
    const { ids, set, remove } = args;
    expect((await harness.call(EDIT, { confirm, remove, set, ids })).data["status"]).toBe("done");
  });

  test.each<[what: string, more: object]>([
    ["fewer ids", { ids: [SNAPSHOT] }],
    ["more ids", { ids: [SNAPSHOT, UNLABELLED, 367440872] }],
    ["another label value", { set: { env: "dev", "10": "x", a: "2" } }],
    ["values that are swapped", { set: { env: "x", "10": "dev", a: "1" } }],
    ["fewer labels", { set: { env: "dev", a: "1" } }],
    ["one more key to remove", { remove: ["app", "old", "b"] }],
    ["one key less to remove", { remove: ["app"] }],
    ["no key to remove", { remove: [] }],
  ])("a code refuses %s", async (_, more) => {
    const { harness, repeat } = await codeFor(args);
    expect(refusal(await repeat(more))).toBe("other");
    expect(harness.simulator.writes()).toEqual([]);
    expect((await repeat({})).data["status"]).toBe("done");
  });

  test("a code refuses an id that occurs twice", async () => {
    const { harness, repeat } = await codeFor(args);
    expectMistake(await repeat({ ids: [SNAPSHOT, UNLABELLED, SNAPSHOT] }), "ids", SNAPSHOT);
    expect(harness.simulator.writes()).toEqual([]);
  });
});
