import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { no, startForms } from "./support/forms.ts";
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

test("every file that the README links to is there", () => {
  const paths = [...readme.matchAll(/\]\((?!https:)([^)]+)\)/g)].map(([, path]) => path ?? "");
  expect(paths.length).toBeGreaterThan(2);
  expect(paths.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([]);
});

test("the confirmation that the README shows is what the server answers", async () => {
  const [, transcript] = /a delete without a code[\s\S]*?```json\n([\s\S]*?)```/.exec(readme) ?? [];
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

test("the form that the README shows is what a client with forms shows", async () => {
  const [, shown = ""] = /asks you itself[\s\S]*?```text\n([\s\S]*?)\n```/.exec(readme) ?? [];
  const { call, forms } = await startForms({ demo: true, person: (form) => no(form) });
  const { data } = await call("hcloud_delete_image", { id: Number(/\d{9}/.exec(shown)?.[0]) });
  expect(data["status"]).toBe("declined");
  const dateless = (text = "") => text.replace(/\d{4}-\d{2}-\d{2}/, "a day");
  expect(forms.map(({ message }) => dateless(message))).toEqual([dateless(shown)]);
});

test("the manifest starts the built file and asks for the token as a secret", () => {
  expect(manifest.server.mcp_config.args).toEqual([`\${__dirname}/${manifest.server.entry_point}`]);
  expect(manifest.server.entry_point).toBe(pkg.bin["hcloud-images-mcp"]);
  expect(manifest.user_config.token).toMatchObject({ sensitive: true, required: true });
});

test("the manifest gives three example prompts that the README gives too, and says where data goes as it does", () => {
  const prompts = [...manifest.long_description.matchAll(/^- "(.+)"$/gm)].map(([, prompt]) => prompt);
  expect(prompts).toHaveLength(3);
  for (const prompt of prompts) expect(readme).toContain(`- "${prompt}"`);
  expect(manifest.privacy_policies).toHaveLength(1);
  expect(readme).toMatch(/## Privacy\n\nNo telemetry/);
  expect(readme).toContain(`](${manifest.privacy_policies[0]})`);
  expect(manifest.long_description).toContain("no telemetry");
});
