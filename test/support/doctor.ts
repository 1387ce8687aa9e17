/** The doctor as a process, and clouds that it must not change. Needs `npm run build`. */

import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished } from "vitest";
import pkg from "../../package.json" with { type: "json" };
import { type Simulator, startSimulator } from "../../src/simulator/http.ts";
import { spawnCommand } from "./spawned.ts";

/** A token in the real format that no simulator accepts. */
export const UNKNOWN_TOKEN = "Zq7Lw2Rk9Tb4Nx8Vd3Mh6Yc1Gf5Js0PaUeIoKtWnBvCrDxEyFzHgQiSjAlOmXpRu";

/** Returns the doctor's lines after the one on Node.js; fails if the output shows a piece of a token or uses stderr. */
export async function runDoctor(args: string[], env: Record<string, string> = {}, tokens: string[] = []) {
  const run = spawnCommand(["doctor", ...args], env);
  const code = await run.ended;
  expect(run.stderr()).toBe("");
  const all = run.lines.join("\n");
  for (const token of [...tokens, env["HCLOUD_TOKEN"] ?? ""]) {
    for (let i = 0; i + 8 <= token.length; i++) expect(all).not.toContain(token.slice(i, i + 8));
  }
  expect(all).not.toContain("\u001b");
  const [node, ...lines] = run.lines;
  expect(node).toBe(`ok    Node.js: ${process.versions.node}; hcloud-images-mcp ${pkg.version}`);
  return { code, lines };
}

/** Starts a cloud; the test fails if an image changes or the doctor sends a change other than its probe. */
export async function startUnchangedCloud(): Promise<Simulator> {
  const simulator = await startSimulator();
  const before = JSON.stringify([...simulator.state.images, ...simulator.state.actions]);
  onTestFinished(async () => {
    await simulator.close();
    expect(JSON.stringify([...simulator.state.images, ...simulator.state.actions])).toBe(before);
    for (const { method, path, body } of simulator.writes()) {
      expect([method, path, body]).toEqual(["PUT", "/images/9007199254740991", "{}"]);
    }
  });
  return simulator;
}

export async function startHttpServer(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}
