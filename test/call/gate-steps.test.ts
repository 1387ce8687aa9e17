import { describe, expect, test } from "vitest";
import { defineTool } from "../../src/tool.ts";
import { COMMON, failWith, gatedTool, setUpRun } from "../support/fake-tool.ts";
import { snapshot } from "../support/random-images.ts";

describe("the gate", () => {
  test("hands the tool the images as they were shown", async () => {
    const { run } = setUpRun();
    const tool = gatedTool(async (agreed) => ({ agreed }));
    const { confirm, status } = await run(tool, { id: 1 });
    expect(status).toBe("confirmation_required");
    expect(await run(tool, { id: 1, confirm })).toEqual({ status: "done", agreed: [snapshot(1)] });
  });

  test("hands a tool that loses nothing no images", async () => {
    const { run } = setUpRun();
    const tool = defineTool({
      ...COMMON,
      effect: "destructive",
      verb: "do it",
      preview: async () => null,
      run: async (_, __, ___, agreed) => ({ agreed }),
    });
    expect(await run(tool)).toEqual({ status: "done", agreed: null });
  });

  test("records preview, refused and confirmed before anything is done, and nothing after a preview", async () => {
    const { run, events, outcomes } = setUpRun();
    let before: unknown[] = [];
    const tool = gatedTool(async () => {
      before = outcomes();
      return {};
    });
    const { confirm } = await run(tool, { id: 1 });
    await run(tool, { id: 1, confirm: "made-up" });
    await run(tool, { id: 1, confirm });
    expect(before).toEqual(["preview", "refused", "confirmed"]);
    expect(outcomes()).toEqual(["preview", "refused", "confirmed", "done"]);
    expect(events[0]).not.toHaveProperty("reason");
    expect(events[1]).toMatchObject({ reason: expect.stringMatching(/^This code .*mistyped\.$/) });
  });

  test("leaves a code valid while its use cannot be recorded", async () => {
    const { run, failAudit, outcomes } = setUpRun();
    let runs = 0;
    const tool = gatedTool(async () => ({ runs: ++runs }));
    const { confirm } = await run(tool, { id: 1 });
    failAudit("ENOSPC");
    await expect(run(tool, { id: 1, confirm })).rejects.toMatchObject({ code: "audit_failed" });
    await expect(run(tool, { id: 1 })).rejects.toMatchObject({ code: "audit_failed" });
    expect(runs).toBe(0);
    failAudit(null);
    expect(await run(tool, { id: 1, confirm })).toEqual({ status: "done", runs: 1 });
    expect(outcomes()).toEqual(["preview", "confirmed", "failed", "preview", "failed", "confirmed", "done"]);
  });

  test("uses a code up before the tool runs, whatever becomes of it", async () => {
    const { run } = setUpRun();
    const tool = gatedTool(failWith(new Error("defect")));
    const { confirm } = await run(tool, { id: 1 });
    await expect(run(tool, { id: 1, confirm })).rejects.toThrow("defect");
    expect(await run(tool, { id: 1, confirm })).toMatchObject({
      status: "confirmation_required",
      refused: expect.stringContaining("used already"),
    });
  });

  test("says in a preview what the code is for, until when, and what to do next", async () => {
    const { run, clock } = setUpRun();
    expect(
      await run(
        gatedTool(async () => ({})),
        { id: 1 },
      ),
    ).toEqual({
      status: "confirmation_required",
      summary: "Would do it. Nothing changed yet.",
      preview: { cannot_be_undone: "never" },
      confirm: expect.stringMatching(/^do it #[2-9a-z]{12}$/),
      expires_at: new Date(clock.time + 3_600_000).toISOString(),
      next: expect.stringMatching(/repeat the call with confirm/),
    });
  });

  test("names the project first in a preview, where it has a name", async () => {
    const tool = gatedTool(async () => ({}));
    const shown = { cannot_be_undone: "never" };
    const { preview } = await setUpRun([], "DEMO").run(tool, { id: 1 });
    expect(JSON.stringify(preview)).toBe(JSON.stringify({ project: "DEMO", ...shown }));
    expect((await setUpRun().run(tool, { id: 1 }))["preview"]).toStrictEqual(shown);
  });
});
