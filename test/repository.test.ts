/** The one step that writes the repository's address into all files. Needs `npm run build`. */

import { validateManifest } from "@anthropic-ai/mcpb";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { deriveLinks } from "../scripts/repository.mjs";
import { temporaryFolder } from "./support/folder.ts";
import { runNpm } from "./support/npm.ts";
import { copyProject } from "./support/project-copy.ts";

const HOME = "https://github.com/Octo-Cat/snapshots";

test("repository.url in package.json and generate fill in every link", () => {
  const { place, read, json, node } = copyProject(["node_modules", "dist"]);
  runNpm(["pkg", "set", `repository.url=${HOME}`], place, temporaryFolder());
  node("scripts/generate.mjs");

  const homepage = `${HOME}#readme`;
  const mcpName = "io.github.Octo-Cat/hcloud-images-mcp";
  expect(json("package.json")).toMatchObject({
    repository: { type: "git", url: `git+${HOME}.git` },
    homepage,
    bugs: { url: `${HOME}/issues` },
    mcpName,
  });
  expect(json("manifest.json")).toMatchObject({
    repository: { type: "git", url: HOME },
    homepage,
    documentation: homepage,
    support: `${HOME}/issues`,
  });
  expect(json("server.json")).toMatchObject({
    name: mcpName,
    repository: { url: HOME, source: "github" },
  });
  expect(parse(read(".github/ISSUE_TEMPLATE/config.yml"))).toMatchObject({
    blank_issues_enabled: false,
    contact_links: [{ url: `${HOME}/security/policy` }],
  });
  expect(read("README.md")).toContain(`](${HOME}/releases/latest)`);
  expect(validateManifest(`${place}/manifest.json`)).toBe(true);

  // What is written now is what follows from it.
  expect(node("scripts/generate.mjs", "--check")).toBe("");
}, 60_000);

describe("linksOf", () => {
  test.each([HOME, `${HOME}/`, `${HOME}.git`, `git+${HOME}.git`, "github:Octo-Cat/snapshots"])(
    "reads %s",
    (url) => {
      const package_ = expect.objectContaining({ homepage: `${HOME}#readme` });
      expect(deriveLinks({ name: "a", repository: { url } })).toMatchObject({ package: package_ });
      expect(deriveLinks({ name: "a", repository: url })).toMatchObject({ package: package_ });
    },
  );

  test.each(["https://gitlab.com/a/b", "https://github.com/a", "a/b", "https://github.com/OWNER/a?b"])(
    "refuses %s, and says what to set",
    (url) => {
      expect(() => deriveLinks({ name: "a", repository: url })).toThrow(
        `repository in package.json is ${url}: must be like https://github.com/OWNER/a. Set it with npm pkg set repository.url=…`,
      );
    },
  );

  test("returns nothing as long as there is no repository", () => {
    expect(deriveLinks({ name: "a" })).toBeNull();
  });
});
