import { describe, expect, test } from "vitest";
import { defineTool } from "../../src/tool.ts";
import { refusalIn } from "../support/code-refusals.ts";
import { COMMON, failWith, gatedTool, setUpRun } from "../support/fake-tool.ts";
import { snapshot } from "../support/random-images.ts";

describe("gate", () => {
  test("a gated tool receives the images as they were shown", async () => {
    const { run } = setUpRun();
    const tool = gatedTool(async (agreed) => ({ agreed }));
    const { confirm, status } = await run(tool, { id: 1 });
    expect(status).toBe("confirmation_required");
    expect(await run(tool, { id: 1, confirm })).toEqual({ status: "done", agreed: [snapshot(1)] });
  });

  test("a tool that loses nothing receives no images", async () => {
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

  test("the gate logs preview, refused and confirmed before the tool runs, and nothing more after a preview", async () => {
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
    expect(refusalIn(String(events[1]?.["reason"]))).toBe("unknown");
  });

  test("a code remains valid while its use cannot be logged", async () => {
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

  test("a code is used up before the tool runs, even when the tool fails", async () => {
    const { run } = setUpRun();
    const tool = gatedTool(failWith(new Error("defect")));
    const { confirm } = await run(tool, { id: 1 });
    await expect(run(tool, { id: 1, confirm })).rejects.toThrow("defect");
    const again = await run(tool, { id: 1, confirm });
    expect(again).toMatchObject({ status: "confirmation_required" });
    expect(refusalIn(String(again["refused"]))).toBe("used");
  });

  test("a preview states the code's purpose, its expiry and the next step", async () => {
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
      next: expect.stringContaining(" confirm"),
    });
  });

  test("a preview begins with the name of the project, if it has one", async () => {
    const tool = gatedTool(async () => ({}));
    const shown = { cannot_be_undone: "never" };
    const { preview } = await setUpRun([], "DEMO").run(tool, { id: 1 });
    expect(JSON.stringify(preview)).toBe(JSON.stringify({ project: "DEMO", ...shown }));
    expect((await setUpRun().run(tool, { id: 1 }))["preview"]).toStrictEqual(shown);
  });
});
