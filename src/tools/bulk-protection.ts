/** Changes the protection of many images, each only while it is as it was shown; one failure does not stop the others. */

import { MAX_CONCURRENT, mapConcurrently } from "../concurrency.ts";
import { failsForEveryImage, HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { CallContext } from "../tool.ts";
import { type Failure, failureOf, viewFailures } from "./failures.ts";
import { changeProtection, type ProtectionChange, type ProtectionResult } from "./protection-change.ts";

/** Returns one row, or one entry of `failed`, for each image. Throws the error of all images when one error is true for all. */
export async function changeProtections(
  ids: readonly number[],
  change: ProtectionChange,
  api: ImagesApi,
  call: CallContext,
) {
  const changed: ProtectionResult[] = [];
  const failed: Failure[] = [];
  /** The error that every further image would get too, so that nothing is sent for those. */
  let stopped: HcloudError | undefined;
  await mapConcurrently(ids, MAX_CONCURRENT, async (id) => {
    try {
      if (stopped) throw stopped;
      changed.push(await changeProtection(id, change, api));
    } catch (thrown) {
      const error = failureOf(thrown, api);
      if (error instanceof HcloudError && failsForEveryImage(error)) stopped = error;
      failed.push({ id, error });
    }
    call.progress(changed.length + failed.length, ids.length, "changing protection");
  });
  const [first] = failed;
  if (first && changed.length === 0 && failed.every(({ error }) => saysTheSame(error, first.error, ids)))
    throw first.error;
  const status = statusOf(changed, failed);
  const running = changed.filter(({ status }) => status === "running");
  const inOrder = (a: { id: number }, b: { id: number }) => ids.indexOf(a.id) - ids.indexOf(b.id);
  return {
    status,
    columns: ["id", "protected", "status"],
    rows: changed.sort(inOrder).map(({ id, protection, status }) => [id, protection?.delete ?? null, status]),
    edited: changed.filter(({ status }) => status !== "unchanged").map(({ id }) => id),
    ...(running.length > 0 && {
      running: running.map(({ id, action }) => ({ id, ...(action && { action_id: action.id }) })),
    }),
    ...(failed.length > 0 && {
      failed: viewFailures(failed.sort(inOrder)),
    }),
    ...(changed.some(({ status }) => status === "running" || status === "incomplete") && {
      next: "Read each image that is running or incomplete with hcloud_get_image, then decide again.",
    }),
  };
}

/** Whether the first error is true for this error's image too; a tool's own error names its image. */
function saysTheSame(error: Failure["error"], first: Failure["error"], ids: readonly number[]): boolean {
  if (ids.length === 1) return true;
  return error instanceof HcloudError && error.code === first.code && error.code !== "outcome_unknown";
}

function statusOf(changed: readonly ProtectionResult[], failed: readonly Failure[]) {
  const has = (status: ProtectionResult["status"]) => changed.some((result) => result.status === status);
  if (failed.length > 0 || has("incomplete")) return "incomplete";
  if (has("running")) return "running";
  return has("done") ? "done" : "unchanged";
}
