/** Whether calls that ended early gave back their places at the API. */

import { expect } from "vitest";
import type { Harness } from "./harness.ts";

const GET = "hcloud_get_image";

/** Calls that may be at the API at a time. */
export const SLOTS = 16;

/** As many calls as may be at the API at a time get there together, and are answered. */
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
