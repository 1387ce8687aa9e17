/** Processes of the built command that are killed at a request, and the fates of that request. */

import { expect } from "vitest";
import type { Simulator } from "../../src/simulator/http.ts";
import { runEventLoop } from "./cleanup.ts";
import { INITIALIZE, type Spawned, spawnCommand } from "./spawned.ts";

/** Starts the built command with the simulated project. */
export async function serve({ token, endpoint }: Simulator): Promise<Spawned> {
  const server = spawnCommand([], { HCLOUD_TOKEN: token, HCLOUD_ENDPOINT: endpoint });
  server.send(INITIALIZE);
  await server.nextLine();
  return server;
}

const FATES = ["goes through", "is never handled", "is carried out unanswered"] as const;
type Fate = (typeof FATES)[number];

/** Returns each request number with one of the fates, in rotation. */
export function killsAt(...numbers: number[]): (readonly [number: number, fate: Fate])[] {
  return numbers.map((number, i) => [number, FATES[i % FATES.length] ?? "goes through"]);
}

/** Sends the message and kills the process when the request with this number, from 1, arrives. */
export async function killAt(
  [number, fate]: readonly [number: number, fate: Fate],
  simulator: Simulator,
  server: Spawned,
  message: object,
): Promise<void> {
  let requests = 0;
  simulator.intercept = (_, response, apply) => {
    if (++requests !== number) return undefined;
    server.child.kill("SIGKILL");
    if (fate === "goes through") return undefined;
    if (fate === "is carried out unanswered") apply();
    response.destroy();
    return "handled";
  };
  server.send(message);
  expect(await server.ended).toBeNull();
  await runEventLoop();
  simulator.intercept = undefined;
}
