import { describe, expect, test } from "vitest";
import { HcloudError } from "../../src/hcloud/errors.ts";
import { defineTool } from "../../src/tool.ts";
import { ToolError } from "../../src/tool-error.ts";
import { COMMON, failWith, setUpRun, ungatedTool } from "../support/fake-tool.ts";

describe("runTool", () => {
  test("a tool that only reads is not logged, and receives its arguments", async () => {
    const { run, events } = setUpRun();
    const tool = defineTool({ ...COMMON, effect: "read", run: async (given) => ({ given }) });
    expect(await run(tool, { id: 1, ids: null })).toEqual({ given: { id: 1 } });
    await expect(run(tool, { confirm: "x" })).rejects.toMatchObject({ code: "invalid_input" });
    expect(events).toEqual([]);
  });

  test("the result of a change gets the status done, unless it has a status", async () => {
    const { run } = setUpRun();
    expect(await run(ungatedTool(async () => ({ a: 1 })))).toEqual({ status: "done", a: 1 });
    expect(await run(ungatedTool(async () => ({ status: "running" })))).toEqual({ status: "running" });
  });

  test("an unknown argument is refused with the names of the tool's arguments", async () => {
    const { run, events } = setUpRun();
    const told = run(
      ungatedTool(async () => ({})),
      { idss: 1 },
    );
    await expect(told).rejects.toThrow(
      'unknown argument "idss". Did you mean "ids"?\nNothing was sent. Correct the arguments and call test_tool again.',
    );
    await expect(
      run(
        ungatedTool(async () => ({})),
        { confirn: "x" },
      ),
    ).rejects.toThrow('Did you mean "confirm"?');
    expect(events).toEqual([]);
  });

  test("all events of one call have the same id, and each call another", async () => {
    const { run, events } = setUpRun();
    const tool = ungatedTool(async () => ({}));
    await run(tool);
    await run(tool);
    const calls = events.map(({ call }) => String(call));
    expect(calls[0]).toMatch(/^[0-9a-f]{8}$/);
    expect(calls).toEqual([calls[0], calls[0], calls[2], calls[2]]);
    expect(calls[0]).not.toBe(calls[2]);
  });

  test.each<[args: Record<string, unknown>, recorded: object]>([
    [{ id: 7 }, { ids: [7], args: { id: 7 } }],
    [{ ids: [1, 2] }, { ids: [1, 2], args: { ids: [1, 2] } }],
    [
      { id: 7, ids: [1] },
      { ids: [1], args: { id: 7, ids: [1] } },
    ],
    [{}, { args: {} }],
  ])("the events have the ids of the arguments %j", async (args, recorded) => {
    const { run, events } = setUpRun();
    await run(
      ungatedTool(async () => ({})),
      args,
    );
    for (const { call: _, tool: __, outcome: ___, ...rest } of events) expect(rest).toEqual(recorded);
    expect(events).toMatchObject([{ tool: "test_tool" }, { tool: "test_tool" }]);
  });

  test("the event of a result has only the changed, lost, skipped and failed images", async () => {
    const { run, events } = setUpRun();
    const result = {
      status: "incomplete",
      deleted: [1],
      edited: [2, 3],
      previous: { description: "a" },
      skipped: [{ id: 4, why: "protected" }],
      failed: [{ id: 5, code: "locked", why: "a long sentence" }],
      remaining: 9,
    };
    await run(ungatedTool(async () => result));
    const { call: _, ...event } = events[1] ?? {};
    expect(event).toEqual({
      tool: "test_tool",
      args: {},
      outcome: "incomplete",
      deleted: [1],
      edited: [2, 3],
      previous: { description: "a" },
      skipped: [4],
      failed: [{ id: 5, code: "locked" }],
    });
  });

  test("the event of a result that is no list of images has no ids", async () => {
    const { run, events } = setUpRun();
    await run(ungatedTool(async () => ({ deleted: 7, edited: "x", skipped: 1, failed: null })));
    expect(Object.keys(events[1] ?? {})).toEqual(["call", "tool", "args", "outcome"]);
  });

  test.each<[args: Record<string, unknown>, recorded: object]>([
    [{ id: 1 }, { correlation_id: "a" }],
    [{ ids: [1, 2] }, { correlation_ids: { 1: "a", 2: "b" } }],
  ])(
    "the event has the correlation ids of the changes of %j, however the call ends",
    async (args, recorded) => {
      for (const end of [
        async () => ({}),
        failWith(new HcloudError("locked", "")),
        failWith(new Error("x")),
      ]) {
        const { run, events } = setUpRun([
          [1, "a"],
          [2, "b"],
        ]);
        await run(ungatedTool(end), args).catch(() => undefined);
        expect(events[0]).not.toHaveProperty("correlation_id");
        expect(events[0]).not.toHaveProperty("correlation_ids");
        expect(events[1]).toMatchObject(recorded);
      }
    },
  );

  test("the event has no correlation id when there is none", async () => {
    for (const end of [async () => ({}), failWith(new HcloudError("dns_failed", ""))]) {
      const { run, events } = setUpRun();
      await run(ungatedTool(end), { id: 1 }).catch(() => undefined);
      expect(Object.keys(events[1] ?? {}).filter((key) => key.startsWith("correlation"))).toEqual([]);
    }
  });

  test.each<[what: string, error: unknown, recorded: object]>([
    ["of a tool", new ToolError("conflict", "a sentence"), { code: "conflict" }],
    [
      "of the API",
      new HcloudError("locked", "", { correlationId: "c" }),
      { code: "locked", correlation_id: "c" },
    ],
    ["of this client", new HcloudError("dns_failed", ""), { code: "dns_failed" }],
    ["of the program", new TypeError("x is undefined"), { code: "internal_error" }],
  ])("the event has the code of an error %s, and the error is thrown", async (_, error, recorded) => {
    const { run, events } = setUpRun();
    await expect(run(ungatedTool(failWith(error)), { id: 1 })).rejects.toBe(error);
    const { call: _call, ...event } = events[1] ?? {};
    expect(event).toEqual({ tool: "test_tool", ids: [1], args: { id: 1 }, outcome: "failed", ...recorded });
  });

  test("the event of a cancelled call has the correlation ids of its changes", async () => {
    const { run, events, cancel } = setUpRun([[1, "a"]]);
    const tool = ungatedTool(async () => {
      cancel.abort();
      throw new HcloudError("outcome_unknown", "");
    });
    await expect(run(tool, { id: 1 })).rejects.toMatchObject({ code: "outcome_unknown" });
    expect(events[1]).toMatchObject({ outcome: "cancelled", correlation_id: "a" });
    expect(events[1]).not.toHaveProperty("code");
  });

  test("a call changes nothing while the audit file cannot be written", async () => {
    const { run, failAudit, outcomes } = setUpRun();
    let runs = 0;
    const tool = ungatedTool(async () => ({ runs: ++runs }));
    failAudit("ENOSPC");
    await expect(run(tool)).rejects.toMatchObject({
      code: "audit_failed",
      message: expect.stringMatching(/HCLOUD_IMAGES_AUDIT_FILE \(ENOSPC\)/),
    });
    expect(runs).toBe(0);
    expect(outcomes()).toEqual(["started", "failed"]);
  });

  test("a call returns the result of a change whose end cannot be logged", async () => {
    const { run, failAudit } = setUpRun();
    const tool = ungatedTool(async () => {
      failAudit("ENOSPC");
      return { a: 1 };
    });
    expect(await run(tool)).toEqual({ status: "done", a: 1 });
  });
});
