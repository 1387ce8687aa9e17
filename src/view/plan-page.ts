/** Builds what the page of a plan shows beside the result: a row for each image, also for a kept one, up to a limit. */

import type { Image, ImagePrice } from "../hcloud/types.ts";
import { isInBin } from "../housekeeping/bin.ts";
import { byAge, serverLabel } from "../housekeeping/groups.ts";
import { type Decision, describeReason } from "../housekeeping/policy.ts";
import { clean } from "../text.ts";
import { nounOf } from "./counts.ts";
import type { PlanPageView, PlanRow } from "./page-data.ts";
import type { FormerDescription } from "./renames.ts";
import { viewPrice } from "./report.ts";
import { toMinute } from "./time.ts";

/** Rows take about 130 bytes each. */
const MAX_ROWS = 1_000;

/** Characters of a text, as in the rows of the plan. */
const MAX_TEXT_CHARS = 60;

/** Reasons that hold under every policy. */
const ALWAYS: readonly string[] = [
  "protected",
  "not available",
  "bound to a server",
  "kept by label",
  "in no group",
  "age unknown",
];

/** Returns the data of a plan's page, with at most 1,000 rows. */
export function viewPlanPage(
  decisions: readonly Decision[],
  noun: string,
  price: ImagePrice | null,
  formerDescription: FormerDescription,
): PlanPageView {
  const selected = decisions.filter(({ kept }) => kept === null).sort((a, b) => byAge(b.image, a.image));
  const kept = decisions.filter((decision) => decision.kept !== null).sort((a, b) => byAge(a.image, b.image));
  const rows = [
    ...selected.map(({ image }) => rowToDelete(image, formerDescription)),
    ...kept.map(({ image, keptBy }) =>
      rowOf(
        image,
        decisionOf(keptBy),
        keptBy.map((reason) => describeReason(reason, image).replaceAll("_", " ")),
      ),
    ),
  ];
  const left = selected.slice(MAX_ROWS);
  return {
    kind: "plan",
    considered: decisions.length,
    noun,
    price: price && viewPrice(price),
    rows: rows.slice(0, MAX_ROWS),
    ...(areBinned(selected.map(({ image }) => image)) && { is_binned: true }),
    ...(rows.length > MAX_ROWS && {
      more: {
        to_delete: left.length,
        to_delete_gb: left.reduce((sum, { image }) => sum + (image.image_size ?? 0), 0),
        kept: rows.length - MAX_ROWS - left.length,
      },
    }),
  };
}

/** As {@link viewPlanPage}, for images chosen by id, without a policy. */
export function viewChosenPage(
  images: readonly Image[],
  price: ImagePrice | null,
  formerDescription: FormerDescription,
): PlanPageView {
  const noun = nounOf(images.map(({ type }) => type));
  const rows = images.toSorted((a, b) => byAge(b, a)).map((image) => rowToDelete(image, formerDescription));
  return {
    kind: "plan",
    noun,
    price: price && viewPrice(price),
    rows,
    ...(areBinned(images) && { is_binned: true }),
  };
}

const areBinned = (images: readonly Image[]) => images.length > 0 && images.every(isInBin);

function decisionOf(keptBy: Decision["keptBy"]): PlanRow[5] {
  if (keptBy.includes("in the bin")) return "binned";
  return keptBy.some((reason) => ALWAYS.includes(reason)) ? "always" : "keep";
}

function rowToDelete(image: Image, formerDescription: FormerDescription): PlanRow {
  const was = formerDescription(image);
  const renamed =
    was === undefined ? [] : [`was ${JSON.stringify(clean(was, MAX_TEXT_CHARS))} before a rename`];
  return rowOf(image, "delete", renamed);
}

function rowOf(image: Image, decision: PlanRow[5], reasons: readonly string[]): PlanRow {
  const { id, description, name, created, image_size, type } = image;
  const row: PlanRow = [
    id,
    clean(description || (name ?? ""), MAX_TEXT_CHARS),
    serverLabel(image),
    toMinute(created),
    image_size,
    decision,
    reasons.join(", "),
  ];
  if (type !== "snapshot") row.push(clean(type, MAX_TEXT_CHARS));
  return row;
}
