/** The recycle bin in tests: labels of its images, and results of its tools. */

import { expect } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { Answer, Harness } from "./harness.ts";

export const BIN = "hcloud_bin_images";
export const RESTORE = "hcloud_restore_images";

/** Days around the harness's date, 2026-11-23. */
export const [YESTERDAY, TODAY, IN_A_WEEK] = ["2026-11-22", "2026-11-23", "2026-11-30"] as const;

/** Returns the labels of an image in the bin. */
export const binned = (until: string, more: Record<string, string> = {}) => ({ ...more, "bin/due": until });

export interface BinAnswer {
  summary: string;
  status: string;
  due: string;
  binned: number[];
  restored: number[];
  skipped?: { id: number; why: string }[];
  failed?: { id: number; code: string; why: string }[];
  remaining?: number;
  stopped?: string;
  next?: string;
}

export function binOf({ data }: Answer): BinAnswer {
  return data as unknown as BinAnswer;
}

export const labelsOf = ({ simulator }: Pick<Harness, "simulator">, id: number) =>
  simulator.state.images.get(id)?.labels;

/** Fails unless all these images are unchanged; requests to the cloud do not matter. */
export function expectUnchanged({ simulator }: Pick<Harness, "simulator">, images: readonly Image[]): void {
  for (const image of images) expect(simulator.state.images.get(image.id)).toEqual(image);
}
