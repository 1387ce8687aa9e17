/** The npm package, packed and installed where nothing else is. Needs `npm run build`. */

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "./support/folder.ts";
import { npmEnv, ROOT, runNpm } from "./support/npm.ts";

const pkg = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

/** The tarball as npm would publish it; other tests use dist/, so it is not rebuilt. */
function pack(cache: string): string {
  const place = temporaryFolder();
  runNpm(["pack", "--ignore-scripts", "--pack-destination", place], ROOT, cache);
  const [tarball = ""] = readdirSync(place);
  return join(place, tarball);
}

test("the packed package is small, needs no other package, and runs nothing at its installation", () => {
  const [empty, cache] = [temporaryFolder(), temporaryFolder()];
  const tarball = pack(cache);
  expect(statSync(tarball).size).toBeLessThanOrEqual(260_000);

  // Without one of its own, npm installs into the nearest folder above that has one.
  writeFileSync(join(empty, "package.json"), "{}");
  runNpm(["install", tarball], empty, cache);
  const installed = join(empty, "node_modules", pkg.name);
  const files = readdirSync(installed, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(files.length).toBeLessThanOrEqual(12);
  expect(files.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["index.js", "LICENSES.txt", "LICENSE", "README.md", "package.json"]),
  );
  expect(readdirSync(join(empty, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
    pkg.name,
  ]);

  const help = execFileSync(process.execPath, [join(installed, "dist/index.js"), "--help"], {
    encoding: "utf8",
  });
  const [, folder = ""] = /are in (.+)$/.exec(help.trimEnd()) ?? [];
  const named = new Set(help.match(/docs\/[\w-]+\.md/g));
  expect(named.size).toBeGreaterThan(0);
  expect([...named].filter((file) => !existsSync(join(folder, file)))).toEqual([]);

  const { dependencies, optionalDependencies, peerDependencies, scripts } = JSON.parse(
    readFileSync(join(installed, "package.json"), "utf8"),
  );
  expect([dependencies, optionalDependencies, peerDependencies]).toEqual([undefined, undefined, undefined]);
  const installing = ["preinstall", "install", "postinstall", "prepare"];
  expect(Object.keys(scripts).filter((name) => installing.includes(name))).toEqual([]);
}, 60_000);

test("npx starts the packed package with a cold cache and without a network", async () => {
  const [empty, cache] = [temporaryFolder(), temporaryFolder()];
  const args = ["-y", `--package=${pack(cache)}`, pkg.name, "--demo"];
  const client = new Client({ name: "newcomer", version: "0" });
  onTestFinished(() => client.close());
  await client.connect(
    new StdioClientTransport({
      command: "npx",
      args,
      cwd: empty,
      env: npmEnv(temporaryFolder()),
      stderr: "ignore",
    }),
  );
  expect(client.getServerVersion()).toMatchObject({ name: pkg.name, version: pkg.version });
  const { isError } = await client.callTool({ name: "hcloud_list_images", arguments: {} });
  expect(isError).toBeUndefined();
}, 60_000);
