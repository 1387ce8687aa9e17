/** Bulk deletion over the simulated cloud, without a tool around it. */

import { expect } from "vitest";
import type { ClientOptions } from "../../src/hcloud/client.ts";
import type { Forbid } from "../../src/hcloud/image-change.ts";
import { createImagesApi } from "../../src/hcloud/images.ts";
import { OngoingDeletions } from "../../src/hcloud/ongoing-deletions.ts";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import { type BulkDeletion, type Deletions, deleteInBulk } from "../../src/tools/bulk-deletion.ts";
import { announceDeletions } from "../../src/tools/deletion-guard.ts";
import { byNumber, idIn, idsOf, isDelete, many } from "./cleanup.ts";
import { startCloud } from "./cloud.ts";
import { NOON } from "./harness.ts";
import { whileTimePasses } from "./idle-clock.ts";

export const TEN = many(10);

const HOUR_MS = 3_600_000;

/** Starts a cloud of these images; `run` deletes all of them, by default without a policy. */
export async function startBulkDeletion(
  images: readonly Image[] = TEN,
  {
    callMs = HOUR_MS,
    forbid,
    ...options
  }: Partial<ClientOptions> & { callMs?: number; forbid?: Forbid } = {},
) {
  const cloud = await startCloud({ images }, options);
  const api = createImagesApi(cloud.client, new AbortController().signal, NOON + callMs, {
    ...(forbid && { forbid }),
  });
  const progress: [done: number, total: number][] = [];
  const run = (rest: Partial<BulkDeletion> = {}): Promise<Deletions> => {
    const work = deleteInBulk(api, {
      images,
      createGuard: async () => announceDeletions(new OngoingDeletions(), api),
      mayStart: () => true,
      onProgress: (done, total) => void progress.push([done, total]),
      ...rest,
    });
    return whileTimePasses(cloud, work);
  };
  const alter = (id: number, change: Partial<Image>) => {
    const image = cloud.simulator.state.images.get(id);
    if (image) cloud.simulator.state.images.set(id, { ...image, ...change });
  };
  const present = () => [...cloud.simulator.state.images.keys()].sort(byNumber);
  return { ...cloud, progress, run, alter, present };
}

/** Applies the intercept to the deletion of one image. */
export const onDelete = (id: number, act: Intercept): Intercept => {
  return (request, response, apply) =>
    isDelete(request) && idIn(request) === id ? act(request, response, apply) : undefined;
};

/** Fails unless every image is in exactly one of the lists. */
export function expectComplete(
  { deleted, skipped, failed, remaining }: Deletions,
  images: readonly Image[],
): void {
  expect([deleted, skipped, failed, remaining].flatMap(idsOf).sort(byNumber)).toEqual(idsOf(images));
}
