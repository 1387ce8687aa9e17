/** The recycle bin as another client sees it: the `hcloud` command, as Debian packages it. */
import { describe, expect, test } from "vitest";
import { start } from "../support/answers.ts";
import { BIN, binOf, RESTORE } from "../support/bin.ts";
import { many, PLAN, planOf } from "../support/cleanup.ts";
import { firstColumn, isInstalled, runHcloudImage } from "../support/hcloud-cli.ts";

const IMAGES = many(4, (i) => ({
  labels: i < 3 ? { role: "golden", "example.com/app": "shop" } : { role: "web" },
}));

describe.skipIf(!isInstalled)("the hcloud command", () => {
  async function startBoth() {
    const harness = await start({ images: IMAGES });
    const { simulator } = harness;
    const run = (...args: string[]) => runHcloudImage(simulator, simulator.token, args);
    const found = async (selector: string) => {
      const { code, stdout } = await run("list", "-o", "noheader", "-o", "columns=id", "-l", selector);
      expect(code).toBe(0);
      return firstColumn(stdout) ?? [];
    };
    return { ...harness, run, found };
  }

  test("finds hidden images by none of their labels except in the bin, and after the restore as before", async () => {
    const { call, found } = await startBoth();
    const ids = [1001, 1002];
    expect(await found("role=golden")).toEqual([1001, 1002, 1003]);
    expect(binOf(await call(BIN, { ids, hide: true })).binned).toEqual(ids);
    expect(await found("role=golden")).toEqual([1003]);
    expect(await found("role")).toEqual([1003, 1004]);
    expect(await found("example.com/app=shop")).toEqual([1003]);
    expect(await found("bin/role")).toEqual(ids);
    expect(await found("bin/role=golden,bin.example.com/app=shop")).toEqual(ids);
    expect(await found("bin/due=2026-11-30")).toEqual(ids);
    expect(await found("!bin/due")).toEqual([1003, 1004]);
    expect(binOf(await call(RESTORE, { ids })).restored).toEqual(ids);
    expect(await found("role=golden")).toEqual([1001, 1002, 1003]);
    expect(await found("example.com/app=shop")).toEqual([1001, 1002, 1003]);
    expect(await found("bin/due")).toEqual([]);
  });

  test("still finds images by their labels that are not hidden", async () => {
    const { call, found } = await startBoth();
    await call(BIN, { ids: [1001] });
    expect(await found("role=golden")).toEqual([1001, 1002, 1003]);
    expect(await found("bin/due")).toEqual([1001]);
  });

  test("adds a label to a hidden image, which remains after the restore", async () => {
    const { call, run, simulator } = await startBoth();
    await call(BIN, { ids: [1001], hide: true });
    expect((await run("add-label", "1001", "checked=yes")).code).toBe(0);
    await call(RESTORE, { ids: [1001] });
    expect(simulator.state.images.get(1001)?.labels).toEqual({
      role: "golden",
      "example.com/app": "shop",
      checked: "yes",
    });
  });

  test("removes an image from the bin by its label, and no bin plan selects that image any more", async () => {
    const { call, run, clock } = await startBoth();
    await call(BIN, { ids: [1001, 1002], days: 1 });
    clock.pass(3 * 86_400_000);
    expect((await run("remove-label", "1001", "bin/due")).code).toBe(0);
    const plan = planOf(await call(PLAN, { bin: "due" }));
    expect(plan.rows.map(([id]) => id)).toEqual([1002]);
  });
});
