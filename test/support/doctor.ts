/** Runs the doctor as a process, and clouds in which it must change nothing. Needs `npm run build`. */

import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished } from "vitest";
import pkg from "../../package.json" with { type: "json" };
import { type Simulator, startSimulator } from "../../src/simulator/http.ts";
import { spawnCommand } from "./spawned.ts";

/** Has the form of a real token; no simulator knows it. */
export const UNKNOWN_TOKEN = "Zq7Lw2Rk9Tb4Nx8Vd3Mh6Yc1Gf5Js0PaUeIoKtWnBvCrDxEyFzHgQiSjAlOmXpRu";

/** Returns what the doctor prints after the line on Node. It must not show a piece of a token or use stderr. */
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

/** Starts a cloud whose images must be the same when the test ends, and which must get only harmless requests. */
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
