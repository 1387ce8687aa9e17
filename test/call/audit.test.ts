import { spawnSync } from "node:child_process";
import { chmodSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { type SimulatorOptions, startSimulator } from "../../src/simulator/http.ts";
import { answering, apiError, SNAPSHOT, TOKEN, UNLABELLED } from "../support/answers.ts";
import { newAuditFile, readLines, spawnAudited } from "../support/audit.ts";
import { NOTHING_CHANGED } from "../support/claims.ts";
import { callMessage, spawnCommand } from "../support/spawned.ts";

const UPDATE = "hcloud_update_image";
const DELETE = "hcloud_delete_image";
const EDIT = "hcloud_edit_image_labels";
const onWindows = process.platform === "win32";

const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);
const rename = { id: SNAPSHOT, description: "x" };

async function startApi(options: SimulatorOptions = {}) {
  const simulator = await startSimulator({ token: TOKEN, ...options });
  onTestFinished(() => simulator.close());
  return { simulator, env: { HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint } };
}

describe("the audit file", () => {
  test("the audit file has the same lines as stderr, each with time, call, tool, ids, arguments and outcome", async () => {
    const file = newAuditFile();
    const server = await spawnAudited(file, {});
    await server.call(UPDATE, rename);
    const { confirm } = JSON.parse(await server.call(DELETE, { id: SNAPSHOT }));
    await server.call(DELETE, { id: SNAPSHOT, confirm });
    await server.call(EDIT, { ids: [UNLABELLED], set: { a: "b" } });
    const lines = await server.end();
    expect(readLines(file)).toEqual(lines);
    const event = {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      demo: true,
      call: expect.stringMatching(/^[0-9a-f]{8}$/),
      tool: DELETE,
      ids: [SNAPSHOT],
      args: { id: SNAPSHOT },
    };
    const correlation_id = expect.stringMatching(/^[0-9a-f]{16}$/);
    const update = { ...event, tool: UPDATE, args: rename };
    const previous = { description: "before checkout rewrite" };
    const labels = { ...event, tool: EDIT, ids: [UNLABELLED], args: { ids: [UNLABELLED], set: { a: "b" } } };
    const events = lines.map((line) => JSON.parse(line));
    expect(events).toEqual([
      { ...update, outcome: "started" },
      { ...update, outcome: "done", previous, correlation_id },
      { ...event, outcome: "preview" },
      { ...event, outcome: "confirmed", by: "code" },
      { ...event, outcome: "done", deleted: [SNAPSHOT], correlation_id },
      { ...labels, outcome: "started" },
      { ...labels, outcome: "done", edited: [UNLABELLED], correlation_ids: { [UNLABELLED]: correlation_id } },
    ]);
    const calls = events.map(({ call }) => call);
    expect(new Set(calls).size).toBe(4);
    expect([calls[0], calls[3], calls[5]]).toEqual([calls[1], calls[4], calls[6]]);
  });

  test("an audit line has the correlation id of the API response", async () => {
    const { simulator, env } = await startApi({
      intercept: answering("PUT", "/images/", apiError(423, "locked", "busy")),
    });
    const file = newAuditFile();
    const server = await spawnAudited(file, env);
    await server.call(UPDATE, rename);
    await server.end();
    const [, last = ""] = readLines(file);
    expect(JSON.parse(last)).toMatchObject({ outcome: "failed", correlation_id: "c0ffee1234567890" });
    expect(simulator.writes()).toHaveLength(1);
  });

  test("reading does not create the audit file", async () => {
    const file = newAuditFile();
    const server = await spawnAudited(file, {});
    await server.call("hcloud_get_image", { id: SNAPSHOT });
    await server.end();
    expect(() => statSync(file)).toThrow("ENOENT");
  });

  test.skipIf(onWindows).each(["0000", "0022", "0077", "0277", "0777"])(
    "a new audit file is accessible to its owner only, with the umask %s",
    async (umask) => {
      const file = newAuditFile();
      const server = await spawnAudited(file, {}, `umask ${umask}`);
      await server.call(UPDATE, rename);
      expect(modeOf(file)).toBe("600");
      await server.call(UPDATE, rename);
      expect(readLines(file)).toEqual(await server.end());
      expect(readLines(file)).toHaveLength(4);
    },
  );

  test.skipIf(onWindows)(
    "the audit file keeps its permissions and its lines, even a last line without a line break",
    async () => {
      const file = newAuditFile();
      writeFileSync(file, '{"first":1}\n{"second":2}');
      chmodSync(file, 0o640);
      const server = await spawnAudited(file, {});
      await server.call(UPDATE, rename);
      expect(readLines(file)).toEqual(['{"first":1}', '{"second":2}', ...(await server.end())]);
      expect(modeOf(file)).toBe("640");
    },
  );

  test("the audit file is created again after it was moved away", async () => {
    const file = newAuditFile();
    const server = await spawnAudited(file, {});
    await server.call(UPDATE, rename);
    renameSync(file, `${file}.1`);
    await server.call(EDIT, { ids: [UNLABELLED], set: { a: "b" } });
    const lines = await server.end();
    expect(readLines(`${file}.1`)).toEqual(lines.slice(0, 2));
    expect(readLines(file)).toEqual(lines.slice(2));
    expect(lines).toHaveLength(4);
    if (!onWindows) expect(modeOf(file)).toBe("600");
  });

  test("the audit file states how a call ended that the end of the server interrupted", async () => {
    const { simulator, env } = await startApi();
    const file = newAuditFile();
    const server = await spawnAudited(file, env);
    const reached = new Promise<void>((resolve) => {
      simulator.intercept = ({ method }) => {
        if (method === "GET") return undefined;
        resolve();
        return "handled";
      };
    });
    server.send(callMessage(2, UPDATE, rename));
    await reached;
    const sofar = readLines(file);
    const lines = await server.end();
    expect(sofar).toEqual(lines.slice(0, 1));
    expect(readLines(file)).toEqual(lines);
    const outcomes = readLines(file).map((line) => JSON.parse(line).outcome);
    expect(outcomes).toEqual(["started", "cancelled"]);
  });

  test("the audit file never contains a piece of the token, whatever API and arguments contain", async () => {
    const { simulator, env } = await startApi();
    const file = newAuditFile();
    const server = await spawnAudited(file, env);
    const { confirm } = JSON.parse(await server.call(DELETE, { id: SNAPSHOT }));
    const quoted = { ...apiError(403, TOKEN.toLowerCase(), TOKEN), headers: { "X-Correlation-Id": TOKEN } };
    simulator.intercept = answering("DELETE", "/images/", quoted);
    await server.call(DELETE, { id: SNAPSHOT, confirm });
    simulator.inject([{ fault: "quote_token", part: "half" }]);
    await server.call(EDIT, { ids: [SNAPSHOT, UNLABELLED], set: { a: "b" } });
    await server.call(UPDATE, { ...rename, description: TOKEN });
    const text = `${readLines(file).join()}${(await server.end()).join()}`;
    expect(readLines(file)).toHaveLength(5);
    for (let i = 0; i + 8 <= TOKEN.length; i++) expect(text).not.toContain(TOKEN.slice(i, i + 8));
  });

  test("a relative path of the audit file is refused at the start, in one line, with code 2", async () => {
    const server = spawnCommand(["--demo"], { HCLOUD_IMAGES_AUDIT_FILE: "logs/audit.log" });
    expect(await server.ended).toBe(2);
    expect(server.stderr()).toMatch(/^hcloud-images-mcp: HCLOUD_IMAGES_AUDIT_FILE .*absolute.*\n$/);
    expect(server.lines).toEqual([]);
  });
});

describe.skipIf(onWindows)("an audit file that cannot be written", () => {
  test("an audit file that is an unread pipe stops changes, and no call hangs", async () => {
    const { simulator, env } = await startApi();
    const file = newAuditFile();
    spawnSync("sh", ["-c", `mkfifo '${file}'`]);
    const server = await spawnAudited(file, env);
    const refused = await server.call(UPDATE, rename);
    expect(refused).toMatch(/\(not a file\).*\(audit_failed\)$/);
    expect(refused).toContain(NOTHING_CHANGED);
    expect(await server.call("hcloud_get_image", { id: SNAPSHOT })).toContain(String(SNAPSHOT));
    expect(simulator.writes()).toEqual([]);
    await server.end();
  });

  test.skipIf(process.platform !== "linux")(
    "a full disk of the audit file stops changes only, and is reported once",
    async () => {
      const { simulator, env } = await startApi();
      const file = newAuditFile();
      symlinkSync("/dev/full", file);
      const server = await spawnAudited(file, env);
      for (let i = 0; i < 3; i++) {
        const refused = await server.call(UPDATE, rename);
        expect(refused).toMatch(/\(ENOSPC\).*\(audit_failed\)$/);
        expect(refused).toContain(NOTHING_CHANGED);
        expect(await server.call(DELETE, { id: SNAPSHOT })).toMatch(/\(audit_failed\)$/);
        expect(await server.call("hcloud_get_image", { id: SNAPSHOT })).toContain(String(SNAPSHOT));
      }
      expect(simulator.writes()).toEqual([]);
      const reports = (await server.end()).filter((line) => !line.startsWith("{"));
      expect(reports).toEqual([
        expect.stringMatching(/^hcloud-images-mcp: .*HCLOUD_IMAGES_AUDIT_FILE .*\(ENOSPC\)/),
      ]);
    },
  );

  test("an audit line that the disk cut short does not break the lines of other processes", async () => {
    const { simulator, env } = await startApi();
    const file = newAuditFile();
    const limited = "ulimit -f 1";
    // How many bytes that allows differs from shell to shell.
    spawnSync("sh", ["-c", `${limited}; head -c 4096 /dev/zero > '${file}'`]);
    const first = "x".repeat(statSync(file).size - 31);
    writeFileSync(file, `${first}\n`);
    const full = await spawnAudited(file, env, limited);
    expect(await full.call(UPDATE, rename)).toMatch(/\(EFBIG\).*\(audit_failed\)$/);
    expect(simulator.writes()).toEqual([]);
    const other = await spawnAudited(file, env);
    await other.call(UPDATE, rename);
    renameSync(file, `${file}.1`);
    expect(await full.call(UPDATE, rename)).toMatch(/^\{"status":"done"/);

    const lines = await full.end();
    const cut = lines[0]?.slice(0, 30);
    expect(readLines(`${file}.1`)).toEqual([first, cut, ...(await other.end())]);
    expect(readLines(file)).toEqual(lines.slice(-2));
  });
});
