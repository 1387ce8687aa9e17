import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startHarness } from "./support/harness.ts";
import { spawnCommand } from "./support/spawned.ts";

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
const readme = read("README.md");
const pkg = JSON.parse(read("package.json"));
const manifest = JSON.parse(read("manifest.json"));

test("package.json, the manifest and --version bear one version, and the changelog knows it or says unreleased", async () => {
  const command = spawnCommand(["--version"]);
  expect(await command.nextLine()).toBe(pkg.version);
  expect(manifest.version).toBe(pkg.version);
  expect(read("CHANGELOG.md")).toMatch(new RegExp(`## \\[(Unreleased|${pkg.version})\\]`));
});

test("the README is under 250 lines and names only npm scripts that exist", () => {
  expect(readme.split("\n").length).toBeLessThan(250);
  const scripts = [...readme.matchAll(/npm run ([a-z]+)/g)].map(([, script]) => script ?? "");
  expect(scripts.length).toBeGreaterThan(3);
  expect(scripts.filter((script) => !(script in pkg.scripts))).toEqual([]);
});

test("every JSON block of the README is JSON, and starts this package", () => {
  const blocks = [...readme.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json ?? ""));
  const configurations = blocks.flatMap((block) => Object.values(block.mcpServers ?? block.servers ?? {}));
  expect(configurations).toHaveLength(2);
  for (const { command, args } of configurations as { command: string; args: string[] }[]) {
    expect([command, ...args]).toEqual(["npx", "-y", pkg.name]);
  }
});

test("the confirmation that the README shows is what the server answers", async () => {
  const [, transcript] = /A delete without a code[\s\S]*?```json\n([\s\S]*?)```/.exec(readme) ?? [];
  const shown = JSON.parse(transcript ?? "");
  const { call } = await startHarness({ demo: true });
  const { data } = await call("hcloud_delete_image", { id: shown.preview.image.id });
  const timeless = (answer: Record<string, unknown>) => {
    const { confirm, expires_at, ...rest } = answer;
    expect([typeof confirm, Number.isNaN(Date.parse(String(expires_at)))]).toEqual(["string", false]);
    return JSON.parse(JSON.stringify(rest), (key, value) =>
      key === "created" || key === "age_days" ? null : value,
    );
  };
  expect(timeless(data)).toEqual(timeless(shown));
});

test("the manifest starts the built file and asks for the token as a secret", () => {
  expect(manifest.server.mcp_config.args).toEqual([`\${__dirname}/${manifest.server.entry_point}`]);
  expect(manifest.server.entry_point).toBe(pkg.bin["hcloud-images-mcp"]);
  expect(manifest.user_config.token).toMatchObject({ sensitive: true, required: true });
});
