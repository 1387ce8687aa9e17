import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { buildSync } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import { newAuditFile, readLines, spawnAudited } from "../support/audit.ts";
import { callMessage } from "../support/spawned.ts";

test("servers that write to one audit file concurrently lose and break no line", async () => {
  const file = newAuditFile();
  const servers = await Promise.all(Array.from({ length: 4 }, () => spawnAudited(file, {})));
  const calls = 60;
  for (let id = 2; id < calls + 2; id++) {
    for (const server of servers) {
      const args = { id: 362118904, description: `${id}` };
      const missing = Array.from({ length: id % 50 }, (_, i) => Number.MAX_SAFE_INTEGER - id - i);
      const ids = [args.id, ...missing];
      // Two lines, short ones or ones that may be long.
      if (id % 2) server.send(callMessage(id, "hcloud_update_image", args));
      else server.send(callMessage(id, "hcloud_edit_image_labels", { ids, set: { a: "" } }));
    }
  }
  await Promise.all(
    servers.map(async ({ nextLine }) => {
      for (let i = 0; i < calls; i++) await nextLine();
    }),
  );
  const lines = readLines(file);
  const told = await Promise.all(servers.map((server) => server.end()));
  for (const own of told) {
    expect(own).toHaveLength(calls * 2);
    const mine = new Set(own);
    expect(lines.filter((line) => mine.has(line))).toEqual(own);
  }
  expect(lines).toHaveLength(calls * 2 * servers.length);
}, 60_000);

/** Writes events as fast as it can, of up to three pages of a file, so that one is often seen half written. */
const WRITER = `
  const [module, file] = process.argv.slice(2);
  const audit = require(module).createAudit({ file, common: { writer: process.pid }, log() {} });
  for (let i = 0; i < 3000; i++) audit({ i, ids: Array.from({ length: (i * 37) % 1500 }, (_, at) => at * 1000) });
`;

test.skipIf(process.platform !== "linux")(
  "a line that another process is still writing is not taken for a cut line",
  async () => {
    const file = newAuditFile();
    const outfile = join(dirname(file), "audit.cjs");
    buildSync({ entryPoints: ["src/call/audit.ts"], bundle: true, platform: "node", format: "cjs", outfile });
    const writers = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["-e", WRITER, "--", "", outfile, file]),
    );
    for (const writer of writers) onTestFinished(() => void writer.kill("SIGKILL"));
    await Promise.all(writers.map((writer) => once(writer, "close")));
    const events = readLines(file).map((line) => JSON.parse(line || '"an empty line"'));
    for (const { pid } of writers) {
      const own = events.filter(({ writer }) => writer === pid);
      expect(own.map(({ i }) => i)).toEqual(Array.from({ length: 3000 }, (_, i) => i));
    }
    expect(events).toHaveLength(4 * 3000);
  },
);
