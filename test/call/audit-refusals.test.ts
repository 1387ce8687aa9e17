import { chmodSync, mkdirSync, renameSync, rmdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { CODE_LIFETIME_MS } from "../../src/call/confirmation-codes.ts";
import { tools } from "../../src/tools/index.ts";
import { expectFailure, failure, question, start } from "../support/answers.ts";
import { newAuditFile, readLines } from "../support/audit.ts";
import { codeOf, DELETE, many, PLAN } from "../support/cleanup.ts";
import type { Harness } from "../support/harness.ts";

type Call = [tool: string, args: Record<string, unknown>];

/** Each loses something, and so returns a preview. */
const GATED: Call[] = [
  ["hcloud_delete_image", { id: 1001 }],
  ["hcloud_update_image", { id: 1002, labels: {} }],
  ["hcloud_change_image_protection", { id: 1003, delete: false }],
  ["hcloud_edit_image_labels", { ids: [1004, 1005], remove: ["old"] }],
  [DELETE, { ids: [1006, 1007] }],
];
const UNGATED: Call[] = [
  ["hcloud_update_image", { id: 1008, description: "x" }],
  ["hcloud_change_image_protection", { id: 1009, delete: true }],
  ["hcloud_edit_image_labels", { ids: [1010], set: { a: "b" } }],
  ["hcloud_bin_images", { ids: [1014], hide: true }],
  ["hcloud_restore_images", { ids: [1015] }],
];
const READS: Call[] = [
  ["hcloud_list_images", {}],
  ["hcloud_get_image", { id: 1001 }],
  ["hcloud_report_images", {}],
  ["hcloud_list_image_actions", {}],
];
/** The policy of a plan that selects two images, which {@link GATED} leaves alone. */
const POLICY = { keep_last: 1, label_selector: "planned" };

const IMAGES = many(15, (i) => ({
  protection: { delete: i === 2 },
  labels: {
    old: "1",
    ...(i >= 10 && i < 13 && { planned: "" }),
    ...(i === 14 && { "bin/due": "2026-12-01" }),
  },
}));

/** The calls of {@link GATED} and of a plan, each with its code. */
async function confirmed({ call }: Harness): Promise<Call[]> {
  const calls: Call[] = [];
  for (const [tool, args] of GATED) {
    calls.push([tool, { ...args, confirm: question(await call(tool, args)).confirm }]);
  }
  calls.push([DELETE, { confirm: codeOf(await call(PLAN, POLICY)), count: 2 }]);
  return calls;
}

async function expectRefused({ call }: Harness, calls: readonly Call[], code: string): Promise<void> {
  for (const [tool, args] of calls) {
    expectFailure(await call(tool, args), "audit_failed", `(${code})`, "HCLOUD_IMAGES_AUDIT_FILE");
  }
}

test("these tests call every tool that can change something", () => {
  const changing = tools.filter(({ effect }) => effect !== "read").map(({ name }) => name);
  expect(new Set([...GATED, ...UNGATED].map(([tool]) => tool))).toEqual(new Set(changing));
});

/** How a file becomes unwritable, and how that is undone. */
const FAILURES: [what: string, code: string, spoil: (file: string) => () => void][] = [
  [
    "is a folder",
    "EISDIR",
    (file) => {
      rmSync(file);
      mkdirSync(file);
      return () => rmdirSync(file);
    },
  ],
  [
    "is in a folder that is gone",
    "ENOENT",
    (file) => {
      renameSync(dirname(file), `${dirname(file)}-away`);
      return () => renameSync(`${dirname(file)}-away`, dirname(file));
    },
  ],
  [
    "is on a full disk",
    "ENOSPC",
    (file) => {
      rmSync(file);
      symlinkSync("/dev/full", file);
      return () => rmSync(file);
    },
  ],
  [
    "is in a folder that may only be read",
    "EACCES",
    (file) => {
      rmSync(file);
      chmodSync(dirname(file), 0o500);
      return () => chmodSync(dirname(file), 0o700);
    },
  ],
  [
    "may only be read itself",
    "EACCES",
    (file) => {
      chmodSync(file, 0o400);
      return () => chmodSync(file, 0o600);
    },
  ],
];

/** Root may write everywhere; Windows knows other codes and rights. */
const isPossible = (code: string) =>
  process.platform !== "win32" &&
  (code !== "EACCES" || process.getuid?.() !== 0) &&
  (code !== "ENOSPC" || process.platform === "linux");

describe.each(FAILURES)("while the audit file %s", (_, code, spoil) => {
  test.runIf(isPossible(code))(
    "no change is made, and codes remain valid, while the audit file cannot be written",
    async () => {
      const auditFile = newAuditFile();
      const harness = await start({ images: IMAGES, auditFile });
      const { simulator, call, told } = harness;
      const withCodes = await confirmed(harness);
      const before = told.length;

      const restore = spoil(auditFile);
      const madeUp: Call[] = GATED.map(([tool, args]) => [tool, { ...args, confirm: "made-up" }]);
      const all = [...GATED, ...UNGATED, ...withCodes, ...madeUp];
      await expectRefused(harness, all, code);
      for (const [tool, args] of READS) expect((await call(tool, args)).isError).toBe(false);
      expect(simulator.writes()).toEqual([]);
      expect([...simulator.state.images.values()]).toEqual(IMAGES);
      const reports = () => told.slice(before).filter((line) => !line.startsWith("{"));
      expect(reports()).toEqual([expect.stringContaining(`(${code})`)]);

      restore();
      for (const [tool, args] of [...withCodes, ...UNGATED]) {
        expect((await call(tool, args)).data["status"]).toBe("done");
      }
      expect(reports()).toHaveLength(1);
      expect(readLines(auditFile).slice(-2)).toEqual(told.slice(-2));

      const restoreAgain = spoil(auditFile);
      await expectRefused(harness, UNGATED, code);
      expect(reports()).toHaveLength(2);
      restoreAgain();
    },
  );

  test.runIf(isPossible(code))(
    "a change is done although its end can no longer be written to the audit file",
    async () => {
      const auditFile = newAuditFile();
      const harness = await start({ images: IMAGES, auditFile });
      const { simulator, call, told } = harness;
      const codes = await confirmed(harness);
      let restore = () => {};
      for (const [tool, args] of [...codes, ...UNGATED]) {
        simulator.intercept = ({ method }) => {
          if (method === "GET") return;
          simulator.intercept = undefined;
          restore = spoil(auditFile);
        };
        expect((await call(tool, args)).data["status"]).toBe("done");
        const event = JSON.parse(told.findLast((line) => line.startsWith("{")) ?? "");
        expect(event).toMatchObject({ tool, outcome: "done" });
        expect(simulator.intercept).toBeUndefined();
        restore();
      }
    },
  );
});

test("previews that the audit file prevents use no room in the code store", async () => {
  let failing: string | null = null;
  const { call } = await start({ images: IMAGES, auditFailure: () => failing });
  const confirm = codeOf(await call(PLAN, POLICY));
  failing = "ENOSPC";
  for (let i = 0; i < 120; i++) failure(await call(DELETE, { ids: [1006] }));
  failing = null;
  expect((await call(DELETE, { confirm, count: 2 })).data["deleted"]).toHaveLength(2);
});

test("a code that is valid when the call decides is used, however slow the audit file is", async () => {
  let lost = 0;
  const harness = await start({
    images: IMAGES,
    auditFailure() {
      harness.clock.pass(lost);
      return null;
    },
  });
  const { confirm } = question(await harness.call("hcloud_delete_image", { id: 1001 }));
  harness.clock.pass(CODE_LIFETIME_MS - 1);
  lost = 1000;
  expect((await harness.call("hcloud_delete_image", { id: 1001, confirm })).data["status"]).toBe("done");
});

test("changes are accepted without an audit file", async () => {
  const harness = await start({ images: IMAGES });
  for (const [tool, args] of [...(await confirmed(harness)), ...UNGATED]) {
    expect((await harness.call(tool, args)).data["status"]).toBe("done");
  }
});
