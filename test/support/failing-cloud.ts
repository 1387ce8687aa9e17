/** A simulated cloud with fault rules, and requests to it by plain `fetch`. */

import type { FaultRule } from "../../src/simulator/faults.ts";
import { type Cloud, image, startSimulated } from "./simulated.ts";

export const IMAGE_PATH = "/images/1";
const NAMED = "Grün 🌱 ".repeat(20);

/** Starts a cloud with one snapshot, whose description is longer in bytes than in characters. */
export async function startFailingCloud(...rules: FaultRule[]): Promise<Cloud> {
  return startSimulated({ images: [image(1, { description: NAMED })], faults: rules });
}

export const fetchFrom = ({ endpoint, token }: Cloud, method = "GET", path = IMAGE_PATH) =>
  fetch(endpoint + path, { method, headers: { Authorization: `Bearer ${token}` }, redirect: "manual" });

/** Returns the system's error code of a failed request, or `answered` with the status. */
export async function readErrorCode(request: Promise<Response>): Promise<string> {
  try {
    const response = await request;
    await response.text();
    return `answered ${response.status}`;
  } catch (error) {
    return ((error as Error).cause as NodeJS.ErrnoException).code ?? "";
  }
}
