/** Reports the failure of one of many images: the others go on, and the result names the image. */

import { explain } from "../call/explain.ts";
import { HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import { ToolError } from "../tool-error.ts";
import type { BulkResult } from "./bulk-change.ts";

/** An image whose change failed. */
export interface Failure {
  id: number;
  error: HcloudError | ToolError;
}

/** Returns why one image failed. Throws any other error: it is a defect of this server. */
export function failureOf(error: unknown, { signal }: ImagesApi): Failure["error"] {
  if (error instanceof HcloudError || error instanceof ToolError) return error;
  // The result of a cancelled call still reports what was done before.
  if (signal.aborted) return new HcloudError("cancelled", "");
  throw error;
}

/** Returns the members of a result that say what a call on many images did not do. */
export function viewRest({ changed, skipped, failed, remaining, stopped }: BulkResult<unknown>) {
  return {
    ...(skipped.length > 0 && { skipped }),
    ...(failed.length > 0 && { failed: viewFailures(failed) }),
    ...(remaining.length > 0 && {
      remaining: remaining.length,
      ...(stopped && { stopped: explain(stopped, changed.length + failed.length === 0 || null) }),
    }),
  };
}

export function viewFailures(failed: readonly Failure[]) {
  return failed.map(({ id, error }) => ({ id, code: error.code, why: explain(error, true) }));
}
