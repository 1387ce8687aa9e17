/** Describes in one sentence what would be or was deleted: some MCP clients show a person no more of a result. */

import type { Image } from "../hcloud/types.ts";
import type { MonthlyCost } from "../housekeeping/costs.ts";
import { capitalize } from "../text.ts";
import { inGigabytes, nounOf, plural, targetWords } from "./counts.ts";

/** Returns a sentence such as `Would delete 4 of 28 snapshots: 41.01 GB, saves 0.59 EUR a month. Nothing deleted yet.` */
export function summarizePlan(
  selected: readonly Image[],
  {
    considered,
    noun = nounOf(selected.map(({ type }) => type)),
    warning,
  }: { considered?: number; noun?: string; warning?: string | undefined },
  saved?: MonthlyCost,
): string {
  const of =
    considered === undefined
      ? plural(selected.length, noun)
      : `${selected.length} of ${plural(considered, noun)}`;
  const would = `Would delete ${of}${sizeAndSavings(selected, saved)}`;
  return [would, warning && capitalize(warning), "Nothing deleted yet."].filter(Boolean).join(". ");
}

/** Returns words such as `delete 4 snapshots: 41.01 GB, saves 0.59 EUR a month`; for one image its id. */
export function describeDeletion(images: readonly Image[], saved?: MonthlyCost): string {
  return `delete ${targetWords(images)}${sizeAndSavings(images, saved)}`;
}

/** What a call on many images did not do. */
export interface Rest {
  skipped: readonly unknown[];
  failed: readonly { error: { code: string } }[];
  remaining: readonly unknown[];
}

interface Deletion extends Rest {
  deleted: readonly Image[];
}

/** Returns a sentence such as `Deleted 9 snapshots: 41.01 GB, saves 0.59 EUR a month; 1 skipped, 2 remaining.` */
export function summarizeDeletion({ deleted, ...rest }: Deletion, saved?: MonthlyCost): string {
  return `Deleted ${targetWords(deleted)}${sizeAndSavings(deleted, saved)}${restWords(rest)}.`;
}

/** Returns words such as `; 1 skipped, 2 remaining`; empty when there is no rest. */
export function restWords({ skipped, failed, remaining }: Rest): string {
  const unclear = failed.filter(({ error }) => error.code === "outcome_unknown").length;
  const rest = [
    [skipped.length, "skipped"],
    [failed.length - unclear, "failed"],
    [unclear, "with unknown outcome"],
    [remaining.length, "remaining"],
  ].flatMap(([count, word]) => (count ? [`${count} ${word}`] : []));
  return rest.length > 0 ? `; ${rest.join(", ")}` : "";
}

function sizeAndSavings(images: readonly Image[], saved: MonthlyCost | undefined): string {
  if (images.length === 0) return "";
  // Backups have a size, and no price of their own.
  const only = images.some(({ type }) => type !== "snapshot") ? ", snapshots only" : "";
  return `: ${inGigabytes(images)}${saved ? `, saves ${saved.net} ${saved.currency} a month${only}` : ""}`;
}
