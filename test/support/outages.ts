/** Temporary failures of the API on the harness's clock. */

import type { Intercept } from "../../src/simulator/http.ts";
import { answering, apiError } from "./answers.ts";
import type { Harness } from "./harness.ts";

/** The time limit of a single read with its retries, in ms. */
export const QUICK_MS = 12_000;

/** The time limit of one attempt of such a read, in ms. */
export const QUICK_ATTEMPT_MS = 5_000;

/** Longer than the retries of a quick read, and shorter than six attempts of a patient one, in ms. */
export const OUTAGE_MS = 15_000;

export const unavailable = answering("GET", "/", apiError(503, "unavailable"));

/** Fails reads for {@link OUTAGE_MS} from the first path for which `begins` is true. */
export function outage({ clock }: Harness, begins: (path: string) => boolean = () => true): Intercept {
  let began: number | undefined;
  return (request, response, apply) => {
    if (request.method !== "GET") return;
    if (began === undefined && begins(request.path)) began = clock.now();
    if (began === undefined || clock.now() - began >= OUTAGE_MS) return;
    return unavailable(request, response, apply);
  };
}
