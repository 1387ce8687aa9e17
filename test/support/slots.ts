/** Checks that calls that ended early released their slots. */

import { expect } from "vitest";
import type { Harness } from "./harness.ts";

const GET = "hcloud_get_image";

/** The most requests in flight. */
export const SLOTS = 16;

/** Fails unless {@link SLOTS} calls can reach the API concurrently. */
export async function expectFreeSlots(
  { simulator, call }: Pick<Harness, "simulator" | "call">,
  id: number | undefined,
): Promise<void> {
  const held: (() => void)[] = [];
  simulator.intercept = (_, response, apply) => {
    held.push(() => response.end(JSON.stringify(apply().body)));
    return "handled";
  };
  const calls = Array.from({ length: SLOTS }, () => call(GET, { id }));
  await expect.poll(() => held.length).toBe(SLOTS);
  for (const answer of held) answer();
  for (const { data } of await Promise.all(calls)) expect(data).toMatchObject({ id });
  simulator.intercept = undefined;
}
