/** A report as the page uses it, read from the tool result and its `_meta`, which only the page gets. */

import { PAGE_VIEW, type ReportPageView, type ServerBar } from "../src/view/page-data.ts";
import type { ToolResult } from "./result.ts";
import { inGigabytes, plural } from "./words.ts";

export interface Report extends ReportPageView {
  summary: string;
  limit: { snapshots: number; default_limit: number };
  /** Further facts, as sentences. */
  notes: string[];
}

interface Content {
  summary: string;
  limit: Report["limit"];
  price_per_gb?: { currency: string };
  groups: { columns: string[]; rows: unknown[][] };
  money?: string;
  creating_for_over_2_hours?: number[];
  bin?: Bin;
  withdrawn_systems?: { os_flavor: string; os_version: string; images: number; unavailable_after: string }[];
}

export function readReport({ structuredContent = {}, _meta = {} }: ToolResult): Report {
  const content = structuredContent as unknown as Content;
  const view = (_meta[PAGE_VIEW] as ReportPageView | undefined) ?? readGroups(content);
  const {
    summary,
    limit,
    money,
    bin,
    creating_for_over_2_hours: stuck,
    withdrawn_systems: withdrawn = [],
  } = content;
  return {
    ...view,
    summary,
    limit,
    notes: [
      ...(money ? [`Money ${money}.`] : []),
      ...(bin ? [describeBin(bin)] : []),
      ...(stuck ? [`In creation for over 2 hours: ${stuck.join(", ")}.`] : []),
      ...withdrawn.map(
        ({ os_flavor, os_version, images, unavailable_after: day }) =>
          `Hetzner withdraws ${os_flavor} ${os_version} after ${day.slice(0, 10)}: ${plural(images, "image")}.`,
      ),
    ],
  };
}

interface Bin {
  images: number;
  gb: number;
  cost_per_month?: { net: string; currency: string };
  due?: number;
  next_kept_until?: string;
}

function describeBin({ images, gb, cost_per_month: cost, due = 0, next_kept_until: next }: Bin): string {
  const money = cost ? `, ${cost.net} ${cost.currency} a month` : "";
  const days = next ? `, the next one is kept until ${next}` : "";
  return `In the recycle bin: ${plural(images, "image")}, ${inGigabytes(gb)}${money}; ${due} due${days}.`;
}

/** Reads the groups that the model gets, for a host that passes no `_meta` to the page. */
function readGroups({ groups, price_per_gb: price }: Content): ReportPageView {
  const servers = groups.rows.map((row): ServerBar => {
    const cell = (name: string) => row[groups.columns.indexOf(name)];
    const net = cell("net_per_month");
    return {
      name: String(cell("group")),
      snapshots: Number(cell("snapshots")),
      gb: Number(cell("snapshot_gb")),
      ...(typeof net === "string" && { net }),
      backups: Number(cell("backups") ?? 0),
      backup_gb: Number(cell("backup_gb") ?? 0),
      months: [],
    };
  });
  const currency = price && { currency: price.currency };
  return { kind: "report", ...currency, servers, months: [], stopped: [], duplicates: [] };
}
