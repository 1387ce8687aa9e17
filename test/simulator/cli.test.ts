/** The simulator under a client that was written for the real API: the `hcloud` command, as Debian packages it. */
import { describe, expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../../src/simulator/http.ts";
import { firstColumn, isInstalled, runHcloudImage } from "../support/hcloud-cli.ts";

const GOLDEN = 371904418;
const STAGING = [362118904, 366201559, 367440872, 377003126, 395903321];
const [OLDEST = 0] = STAGING;
const BACKUP = 400473395;

/** A demo project under the real clock, because the CLI polls under that. */
async function startDemo() {
  const simulator = await startSimulator({ actionMs: 50 });
  onTestFinished(() => simulator.close());
  const run = (...args: string[]) => runHcloudImage(simulator, simulator.token, args);
  return { ...simulator, simulator, run, labels: (id: number) => simulator.state.images.get(id)?.labels };
}

describe.skipIf(!isInstalled)("the hcloud command", () => {
  test("lists every image that is still offered, over two pages", async () => {
    const { run, state, requests } = await startDemo();
    const { code, stdout } = await run("list", "-o", "noheader", "-o", "columns=id");
    const gone = [...state.images.values()].filter(({ deprecation }) => {
      return deprecation && Date.parse(deprecation.unavailable_after) < Date.now();
    });
    expect(code).toBe(0);
    expect(firstColumn(stdout)).toHaveLength(state.images.size - gone.length);
    expect(requests.map(({ status }) => status)).toEqual([200, 200]);
  });

  test("shows a snapshot", async () => {
    const { run } = await startDemo();
    const { stdout } = await run("list", "-t", "snapshot", "-l", "role=golden");
    const row = stdout.split("\n").find((line) => line.startsWith(String(GOLDEN)));
    expect(row).toMatch(/snapshot +- +golden web x86 +2\.18 GB +80 GB +.* 10:30:00 UTC/);
  });

  test("filters by type and label, and sorts", async () => {
    const { run } = await startDemo();
    const list = async (...args: string[]) =>
      firstColumn((await run("list", "-o", "noheader", ...args)).stdout);
    expect(await list("-t", "snapshot", "-l", "env=staging", "-s", "created:desc")).toEqual(
      STAGING.toReversed(),
    );
    expect(await list("-l", "env in (staging), !keep")).toEqual(STAGING.filter((id) => id !== 366201559));
    expect(await list("-t", "backup", "-l", "env=staging")).toBeUndefined();
  });

  test("prints JSON", async () => {
    const { run, state } = await startDemo();
    const printed = JSON.parse((await run("list", "-o", "json", "-t", "backup")).stdout);
    const backups = [...state.images.values()].filter(({ type }) => type === "backup");
    expect(printed).toMatchObject(
      backups.map(({ id, created, created_from, bound_to, image_size }) => {
        return { id, created, created_from, bound_to, image_size };
      }),
    );
  });

  test("describes an image by id and a system image by name", async () => {
    const { run } = await startDemo();
    const golden = await run("describe", String(GOLDEN));
    expect(golden.stdout).toMatch(
      /Type:\s+snapshot\n.*Image size:\s+2\.18 GB\n.*Delete:\s+yes\n.*role: golden/s,
    );
    expect((await run("describe", "ubuntu-24.04")).stdout).toMatch(/^ID:\s+161547269\n/);
    const missing = await run("describe", "4711");
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("image not found: 4711")]);
  });

  test("adds, overwrites and removes labels, and keeps the others", async () => {
    const { run, labels } = await startDemo();
    const id = String(OLDEST);
    expect((await run("add-label", id, "keep=")).stdout).toBe(`Label keep added to image ${id}\n`);
    expect(labels(OLDEST)).toEqual({ env: "staging", app: "shop", keep: "" });
    expect((await run("add-label", id, "env=prod")).stderr).toContain(
      `label env on image ${id} already exists`,
    );
    expect((await run("add-label", "--overwrite", id, "env=prod")).code).toBe(0);
    expect((await run("remove-label", id, "app")).code).toBe(0);
    expect(labels(OLDEST)).toEqual({ env: "prod", keep: "" });
    expect((await run("remove-label", "--all", id)).code).toBe(0);
    expect(labels(OLDEST)).toEqual({});
  });

  test("reports an invalid label", async () => {
    const { run, labels } = await startDemo();
    const { code, stderr } = await run("add-label", String(OLDEST), "a:b=c");
    expect([code, stderr.trim()]).toEqual([1, "hcloud: invalid input in field 'labels' (invalid_input)"]);
    expect(labels(OLDEST)).toEqual({ env: "staging", app: "shop" });
  });

  test("protects an image, fails to delete it, lifts the protection, and deletes the image", async () => {
    const { run, state, requests } = await startDemo();
    const id = String(OLDEST);
    const protect = await run("enable-protection", id, "delete");
    expect(protect.stdout).toContain(`Resource protection enabled for image ${id}`);
    expect(requests.some(({ path, query }) => path === "/actions" && query[0]?.[0] === "id")).toBe(true);
    const refused = await run("delete", id);
    expect(refused.code).toBe(1);
    expect(refused.stderr.trim()).toBe(
      `hcloud: deleting image ${id} failed: image deletion is protected (protected)`,
    );
    expect(state.images.get(OLDEST)?.protection.delete).toBe(true);
    expect((await run("disable-protection", id, "delete")).code).toBe(0);
    expect((await run("delete", id)).stdout).toBe(`image ${id} deleted\n`);
    expect(state.images.has(OLDEST)).toBe(false);
    const again = await run("delete", id);
    expect([again.code, again.stderr.trim()]).toEqual([1, `hcloud: image not found: ${id}`]);
  });

  test("changes a description, and converts a backup to a snapshot", async () => {
    const { run, state, writes } = await startDemo();
    expect((await run("update", String(OLDEST), "--description", "good bye")).code).toBe(0);
    expect(state.images.get(OLDEST)?.description).toBe("good bye");
    expect((await run("update", String(BACKUP), "--type", "snapshot")).code).toBe(0);
    expect(writes().at(-1)?.body).toBe('{"description":"","type":"snapshot"}');
    expect(state.images.get(BACKUP)).toMatchObject({ type: "snapshot", bound_to: null });
  });

  test("fails with an invalid token, and when it writes with a read-only one", async () => {
    const { simulator, readOnlyToken, state } = await startDemo();
    const bad = await runHcloudImage(simulator, "x".repeat(64), ["list"]);
    expect([bad.code, bad.stderr.trim()]).toEqual([
      1,
      "hcloud: the token you have provided is invalid (unauthorized)",
    ]);
    const readOnly = await runHcloudImage(simulator, readOnlyToken, ["delete", String(OLDEST)]);
    expect(readOnly.stderr).toContain("not allowed because token is readonly (token_readonly)");
    expect(state.images.has(OLDEST)).toBe(true);
  });
});
