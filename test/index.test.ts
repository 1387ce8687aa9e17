/** The command before it serves, and when it does not serve. Needs `npm run build`. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import pkg from "../package.json" with { type: "json" };
import { isNodeTooOld, MIN_NODE } from "../src/version.ts";
import { temporaryFolder } from "./support/folder.ts";
import { spawnCommand } from "./support/spawned.ts";

/** Starts the command on a Node that claims to be this version. */
function spawnOnNode(version: string) {
  const file = join(temporaryFolder(), "claim.cjs");
  const [versions, v] = [JSON.stringify({ node: version }), JSON.stringify(`v${version}`)];
  writeFileSync(
    file,
    `Object.defineProperties(process, { versions: { value: ${versions} }, version: { value: ${v} } });`,
  );
  return spawnCommand(["--version"], { NODE_OPTIONS: `--require ${JSON.stringify(file)}` });
}

test("the command refuses a Node that is one patch older than the package supports", async () => {
  const command = spawnOnNode("20.18.0");
  expect(await command.ended).toBe(1);
  expect(command.lines).toEqual([]);
  expect(command.stderr()).toBe("hcloud-images-mcp needs Node.js 20.18.1 or newer; this is v20.18.0.\n");
});

test("the command starts on the oldest Node that the package supports", async () => {
  expect(pkg.engines.node).toBe(`>=${MIN_NODE}`);
  const command = spawnOnNode(MIN_NODE);
  expect(await command.ended).toBe(0);
  expect(command.lines).toEqual([pkg.version]);
});

test.each(["--help", "--version", "simulator"])(
  "%s ends without a word when nobody reads stdout",
  async (argument) => {
    const command = spawnCommand([argument]);
    command.child.stdout.destroy();
    expect(await command.ended).toBe(0);
    expect(command.stderr()).toBe("");
  },
);

test.each([
  ["20.18.1", false],
  ["20.20.2", false],
  ["22.0.0", false],
  ["100.0.0", false],
  ["20.18.0", true],
  ["20.9.0", true],
  ["18.20.8", true],
  ["9.11.2", true],
])("Node %s is too old: %j", (version, isTooOld) => {
  expect(isNodeTooOld(version)).toBe(isTooOld);
});
