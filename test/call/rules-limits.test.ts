import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { alter, answering, apiError, expectFailure, question } from "../support/answers.ts";
import { readLines } from "../support/audit.ts";
import {
  aged,
  codeOf,
  DELETE,
  deletionsOf,
  isDelete,
  many,
  onRequest,
  PLAN,
  runEventLoop,
} from "../support/cleanup.ts";
import { NOON } from "../support/harness.ts";
import { startWithRules } from "../support/rules.ts";

const PROTECTION = "hcloud_change_image_protection";
const USED_UP = ["forbidden_by_rule", "max_images_per_day"] as const;
const POLICY = { older_than_days: 5 };
const HOUR = 3_600_000;

/** Ten snapshots; a plan selects the five oldest. */
const start = (rules: string) => startWithRules(rules, { images: many(10) });

describe("rule max_images_per_call", () => {
  test("max_images_per_call refuses a call as a whole, and trims nothing", async () => {
    const { call, simulator } = await start("max_images_per_call = 4");
    const five = { ids: [1001, 1002, 1003, 1004, 1005] };
    expectFailure(await call(DELETE, five), "forbidden_by_rule", "max_images_per_call");
    const plan = await call(PLAN, POLICY);
    expect(plan.data["next"]).toContain("4 images");
    const confirm = codeOf(plan);
    expectFailure(await call(DELETE, { confirm, count: 5 }), "forbidden_by_rule", "max_images_per_call");
    expect(simulator.writes()).toEqual([]);
    expect(deletionsOf(await call(DELETE, { confirm, count: 4, except: [1010] })).deleted).toHaveLength(4);
  });

  test("max_images_per_call applies to lifting protection, not to protecting", async () => {
    const harness = await start("max_images_per_call = 1");
    for (const id of [1001, 1002]) alter(harness, id, { protection: { delete: true } });
    const two = await harness.call(PROTECTION, { ids: [1001, 1002], delete: false });
    expectFailure(two, "forbidden_by_rule", "max_images_per_call");
    expect((await harness.call(PROTECTION, { ids: [1003, 1004], delete: true })).data["status"]).toBe("done");
  });
});

/** Five snapshots, of which three are protected. */
const startProtected = (rules: string) =>
  startWithRules(rules, {
    images: [1, 2, 3, 4, 5].map((id) => aged(id, 30, { protection: { delete: ![2, 3].includes(id) } })),
    actionMs: 0,
  });

describe("images that are unprotected already", () => {
  test("max_images_per_call does not count them", async () => {
    const { call } = await startProtected("max_images_per_call = 1");
    const args = { ids: [1, 2, 3], delete: false };
    const { confirm } = question(await call(PROTECTION, args));
    expect((await call(PROTECTION, { ...args, confirm })).data["status"]).toBe("done");
    const two = await call(PROTECTION, { ids: [4, 5], delete: false });
    expectFailure(two, "forbidden_by_rule", "max_images_per_call", "this one is for 2");
  });

  test("max_images_per_day counts them neither before the first change nor at the end", async () => {
    const { call, file } = await startProtected("max_images_per_day = 2");
    const args = { ids: [1, 2, 3], delete: false };
    const { confirm } = question(await call(PROTECTION, args));
    await call(PROTECTION, { ...args, confirm });
    const lines = readLines(file.auditFile).map((line) => JSON.parse(line));
    expect(lines.flatMap(({ counted }) => counted ?? [])).toEqual([1, 1]);
    expect(lines.at(-1)).toMatchObject({ outcome: "done", edited: [1] });
    expectFailure(await call(PROTECTION, { ids: [4, 5], delete: false }), ...USED_UP, "1 are used up");
  });

  test("the rule never allows a call that leaves them as they are", async () => {
    const harness = await startProtected('never = ["role=golden"]');
    alter(harness, 2, { labels: { role: "golden" } });
    expect(question(await harness.call(PROTECTION, { ids: [1, 2], delete: false })).confirm).toContain(
      "snapshot 1",
    );
  });
});

describe("rule max_images_per_day", () => {
  test("counts at the end the protections that were lifted, and those of unknown outcome", async () => {
    const { call, file, simulator } = await startProtected("max_images_per_day = 3");
    const args = { ids: [1, 4, 5], delete: false };
    const { confirm } = question(await call(PROTECTION, args));
    simulator.intercept = ({ method, path }, response, apply) => {
      if (method !== "POST" || path.startsWith("/images/1/")) return undefined;
      const fault = path.startsWith("/images/4/")
        ? apiError(403, "forbidden")
        : apiError(500, "server_error");
      return answering("POST", "/", fault)({ method, path } as never, response, apply);
    };
    const answer = await call(PROTECTION, { ...args, confirm });
    expect(answer.data["failed"]).toMatchObject([{ id: 4 }, { id: 5, code: "outcome_unknown" }]);
    expect(JSON.parse(readLines(file.auditFile).at(-1) ?? "")).toMatchObject({ edited: [1], counted: 2 });
  });

  test("max_images_per_day counts the deletions of the last 24 hours, in this process or another", async () => {
    const { call, clock, file } = await start("max_images_per_day = 7");
    const confirm = codeOf(await call(PLAN, POLICY));
    expect(deletionsOf(await call(DELETE, { confirm, count: 5 })).deleted).toHaveLength(5);
    expectFailure(await call(DELETE, { ids: [1001, 1002, 1003] }), ...USED_UP, 5, 3);

    const other = { time: new Date(NOON).toISOString(), call: "other", outcome: "counted", counted: 2 };
    appendFileSync(file.auditFile, `${JSON.stringify(other)}\n`);
    expectFailure(await call("hcloud_delete_image", { id: 1001 }), ...USED_UP, 7);
    clock.pass(25 * HOUR);
    expect(question(await call("hcloud_delete_image", { id: 1001 })).confirm).toContain(
      "delete snapshot 1001",
    );
  });

  test("counts deletions and lifted protections that a server without this limit confirmed", async () => {
    const { call, file } = await start("max_images_per_day = 9");
    const time = new Date(NOON).toISOString();
    const tools = [
      "hcloud_delete_image",
      DELETE,
      PROTECTION,
      "hcloud_edit_image_labels",
      "hcloud_update_image",
    ];
    for (const [i, tool] of tools.entries()) {
      const line = { time, call: tool, tool, outcome: "confirmed", ids: Array(10 ** i).fill(1) };
      appendFileSync(file.auditFile, `${JSON.stringify(line)}\n`);
    }
    expectFailure(await call("hcloud_delete_image", { id: 1001 }), ...USED_UP, 111);
  });

  test("max_images_per_day logs the count before the first change, and corrects it by the deletions", async () => {
    const harness = await start("max_images_per_day = 10");
    const { call, file, simulator } = harness;
    const confirm = codeOf(await call(PLAN, POLICY));
    alter(harness, 1010, { protection: { delete: true } });
    let atFirst: unknown;
    simulator.intercept = onRequest(1, isDelete, () => {
      atFirst = readLines(file.auditFile).map((line) => JSON.parse(line).counted);
      return undefined;
    });
    await call(DELETE, { confirm, count: 5 });
    expect(atFirst).toEqual([5, undefined]);
    expect(readLines(file.auditFile).map((line) => JSON.parse(line).counted)).toEqual([5, undefined, 4]);
  });

  test("max_images_per_day admits one of two concurrent calls that together exceed it", async () => {
    const { call, simulator } = await start("max_images_per_day = 5");
    const one = question(await call(DELETE, { ids: [1001, 1002, 1003] }));
    const two = question(await call(DELETE, { ids: [1004, 1005, 1006] }));
    const answers = await Promise.all([
      call(DELETE, { confirm: one.confirm, count: 3 }),
      call(DELETE, { confirm: two.confirm, count: 3 }),
    ]);
    expect(answers.map(({ isError }) => isError).toSorted()).toEqual([false, true]);
    expect(simulator.writes()).toHaveLength(3);
  });

  test("max_images_per_day keeps the count of a call whose end was not logged", async () => {
    const { call, file } = await start("max_images_per_day = 5");
    const killed = {
      time: new Date(NOON - HOUR).toISOString(),
      call: "killed",
      outcome: "counted",
      counted: 5,
    };
    appendFileSync(file.auditFile, `${JSON.stringify(killed)}\nnot JSON\n{"cut":`);
    expectFailure(await call("hcloud_delete_image", { id: 1001 }), ...USED_UP, 5);
  });

  test("max_images_per_day counts across more lines than are read at a time", async () => {
    const { call, file } = await start("max_images_per_day = 2000");
    const line = (i: number) =>
      JSON.stringify({
        time: new Date(NOON - i).toISOString(),
        call: `c${i}`,
        counted: 1,
        more: "ü".repeat(300),
      });
    appendFileSync(file.auditFile, `${Array.from({ length: 2000 }, (_, i) => line(2000 - i)).join("\n")}\n`);
    expectFailure(await call("hcloud_delete_image", { id: 1001 }), ...USED_UP, 2000);
  });

  test("max_images_per_day does not count changes to a simulated project", async () => {
    const { call, file } = await start("max_images_per_day = 5");
    const demo = {
      time: new Date(NOON).toISOString(),
      demo: true,
      call: "demo",
      outcome: "counted",
      counted: 5,
    };
    appendFileSync(file.auditFile, `${JSON.stringify(demo)}\n`);
    expect(question(await call("hcloud_delete_image", { id: 1001 })).confirm).toContain(
      "delete snapshot 1001",
    );
  });

  test("max_images_per_day counts nothing for a refused call", async () => {
    const harness = await start("max_images_per_day = 1");
    const { call, simulator } = harness;
    const { confirm } = question(await call("hcloud_delete_image", { id: 1001 }));
    simulator.intercept = onRequest(1, isDelete, (_, response) => {
      response.writeHead(423, { "content-type": "application/json" });
      response.end('{"error":{"code":"locked","message":"locked"}}');
      return "handled";
    });
    expectFailure(await call("hcloud_delete_image", { id: 1001, confirm }), "locked");
    simulator.intercept = undefined;
    expect(question(await call("hcloud_delete_image", { id: 1001 })).confirm).toContain(
      "delete snapshot 1001",
    );
  });

  test("max_images_per_day refuses changes when the audit file is missing or cannot be read", async () => {
    const { call, file, simulator } = await start("max_images_per_day = 5");
    mkdirSync(file.auditFile);
    expectFailure(await call("hcloud_delete_image", { id: 1001 }), "audit_failed");
    rmSync(file.auditFile, { recursive: true });
    const without = await startWithRules("max_images_per_day = 5", {
      auditFile: undefined as unknown as string,
    });
    const uncounted = await without.call("hcloud_delete_image", { id: 1001 });
    expectFailure(uncounted, "rules_unusable", "max_images_per_day", "HCLOUD_IMAGES_AUDIT_FILE");
    expect(simulator.writes()).toEqual([]);
    await runEventLoop(1);
  });
});
