import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatPagePicture } from "../scripts/page-picture.mjs";
import { deriveLinks } from "../scripts/repository.mjs";
import { no, startForms } from "./support/forms.ts";
import { startHarness } from "./support/harness.ts";
import { spawnCommand } from "./support/spawned.ts";

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
const readme = read("README.md");
const confirmation = read("docs/confirmation.md");
const pkg = JSON.parse(read("package.json"));
const manifest = JSON.parse(read("manifest.json"));
const DOCUMENTS = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "docs/clients.md", "docs/confirmation.md"];

test("package.json, the manifest and --version have one version, and the changelog has it or says unreleased", async () => {
  const command = spawnCommand(["--version"]);
  expect(await command.nextLine()).toBe(pkg.version);
  expect(manifest.version).toBe(pkg.version);
  expect(read("CHANGELOG.md")).toMatch(new RegExp(`## \\[(Unreleased|${pkg.version})\\]`));
});

test("the README is under 180 lines and names only npm scripts that exist", () => {
  expect(readme.split("\n").length).toBeLessThan(180);
  const scripts = [...readme.matchAll(/npm run ([a-z]+)/g)].map(([, script]) => script ?? "");
  expect(scripts.length).toBeGreaterThan(3);
  expect(scripts.filter((script) => !(script in pkg.scripts))).toEqual([]);
});

test.each(DOCUMENTS)("every file and heading that %s links to exists", (file) => {
  const text = read(file);
  const links = /\]\((?!https:)([^)#\s]*)(?:#([^)]+))?\)|(?:src|srcset)="(?!https:)([^"]+)"/g;
  const found = [...text.matchAll(links)].map(([, path = "", heading, source]) => ({
    url: new URL(source || path || file.replace(/.*\//, ""), new URL(`../${file}`, import.meta.url)),
    heading,
  }));
  expect(found.length).toBeGreaterThan(0);
  for (const { url, heading } of found) {
    expect(existsSync(url), url.href).toBe(true);
    if (heading !== undefined) expect(anchorsOf(readFileSync(url, "utf8"))).toContain(heading);
  }
});

/** As GitHub makes them of headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
}

test("npm's page can show the README's pictures once the repository is known", () => {
  expect(readme).toContain(formatPagePicture(deriveLinks(pkg)?.files));
  const repository = { url: "git+https://github.com/owner/its.name.git" };
  expect(formatPagePicture(deriveLinks({ name: "its.name", repository })?.files)).toContain(
    'srcset="https://raw.githubusercontent.com/owner/its.name/HEAD/docs/page-dark.png"',
  );
});

test("the README's figures are the measured ones, rounded", () => {
  const measured =
    /plan over 500 snapshots.*\| tokens \| (\d+) \| (\d+) /.exec(read("docs/performance.md")) ?? [];
  const [plan, reply] = measured
    .slice(1)
    .map((figure) => Number(Number(figure).toPrecision(2)).toLocaleString("en"));
  expect(readme).toContain(`is about ${reply} tokens, a plan over them about ${plan} (`);
});

test("the preview in docs/confirmation.md is the server's", async () => {
  const [, transcript] = /a delete without a code[\s\S]*?```json\n([\s\S]*?)```/.exec(confirmation) ?? [];
  const shown = JSON.parse(transcript ?? "");
  const { call } = await startHarness({ demo: true });
  const { data } = await call("hcloud_delete_image", { id: shown.preview.image.id });
  const { confirm, ...rest } = data;
  const words = (code: unknown) => String(code).replace(/#.{12}$/, "");
  expect({ ...rest, confirm: words(confirm) }).toEqual({ ...shown, confirm: words(shown.confirm) });
});

test("the form in docs/confirmation.md is the one that an MCP client shows", async () => {
  const [, shown = ""] = /asks you itself[\s\S]*?```text\n([\s\S]*?)\n```/.exec(confirmation) ?? [];
  const { call, forms } = await startForms({ demo: true, person: (form) => no(form) });
  const { data } = await call("hcloud_delete_image", { id: Number(/\d{9}/.exec(shown)?.[0]) });
  expect(data["status"]).toBe("declined");
  expect(forms.map(({ message }) => message)).toEqual([shown]);
});

test("the chat in the README contains the server's results", async () => {
  const [, chat = ""] = /word for word:\n\n```text\n([\s\S]*?)\n```/.exec(readme) ?? [];
  const turns = chat.split(/\n(?=\S)/).map((turn) => {
    const [, speaker = "", words = ""] = /^(\w+) +([\s\S]+)$/.exec(turn) ?? [];
    return { speaker, words: words.replace(/\n {8}/g, "\n") };
  });
  const { call, forms } = await startForms({ demo: true });
  const plan = await call("hcloud_plan_image_cleanup", { keep_last: 3 });
  const except = [Number(/\d{9}/.exec(turns[2]?.words ?? "")?.[0])];
  const { data } = await call("hcloud_delete_images", { confirm: plan.data["confirm"], count: 4, except });
  const [form] = forms;
  const option = form?.requestedSchema.properties["choice"]?.oneOf?.[1]?.title;
  expect(turns.slice(1).filter((_, i) => i !== 1)).toEqual([
    { speaker: "Plan", words: plan.data["summary"] },
    { speaker: "Form", words: form?.message },
    { speaker: "You", words: option },
    { speaker: "Result", words: data["summary"] },
  ]);
});

test("the manifest starts the built file and asks for the token as an optional secret", () => {
  expect(manifest.server.mcp_config.args).toEqual([`\${__dirname}/${manifest.server.entry_point}`]);
  expect(manifest.server.entry_point).toBe(pkg.bin["hcloud-images-mcp"]);
  expect(manifest.user_config.token).toMatchObject({ sensitive: true, required: false });
});

test("the manifest has three of the README's example prompts and its statement about data", () => {
  const prompts = [...manifest.long_description.matchAll(/^- "(.+)"$/gm)].map(([, prompt]) => prompt);
  expect(prompts).toHaveLength(3);
  for (const prompt of prompts) expect(readme).toContain(`- "${prompt}"`);
  expect(manifest.privacy_policies).toHaveLength(1);
  expect(readme).toMatch(/## Privacy\n\nNo telemetry/);
  expect(readme).toContain(`](${manifest.privacy_policies[0]})`);
  expect(manifest.long_description).toContain("no telemetry");
});
