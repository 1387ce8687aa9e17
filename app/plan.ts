/** A plan as the page uses it, read from the tool result and its `_meta`, which only the page gets. */

import { costOf, sumGigabytes } from "../src/housekeeping/sums.ts";
import { PAGE_VIEW, type PagePrice, type PlanDecision, type PlanPageView } from "../src/view/page-data.ts";
import { readNotes } from "./plan-notes.ts";
import type { Params, ToolResult } from "./result.ts";
import { plural } from "./words.ts";

/** Most images that `except` and `ids` of hcloud_delete_images accept. */
export const MAX_IDS = 100;

export interface Item {
  id: number;
  description: string;
  server: string;
  created: string;
  gb: number | null;
  decision: PlanDecision;
  why: string;
  /** Only a snapshot is billed by its size. */
  isBilled: boolean;
}

export interface Plan {
  noun: string;
  considered: number | undefined;
  items: Item[];
  /** Counts of the images that `items` does not contain. */
  hidden: { to_delete: number; to_delete_gb: number; kept: number };
  price: PagePrice | null;
  /** The saving of the whole plan as text, such as `1.24 EUR`, where the result has no price per GB. */
  saving: string | undefined;
  policy: string;
  project: string;
  notes: string[];
  /** Whether all images to delete are in the recycle bin. */
  isBinned: boolean;
  /** Whether the operator's rules allow the deletion only after the bin. */
  isBinFirst: boolean;
  /** The confirmation code; undefined if this plan cannot delete anything. */
  confirm: string | undefined;
  next: string;
  as_of: string;
}

interface Content {
  to_delete: { images: number; gb: number; saves_per_month?: { net: string; currency: string } };
  considered?: number;
  columns: string[];
  rows: unknown[][];
  next_page?: number;
}

const readString = (value: unknown) => (typeof value === "string" ? value : "");

export function readPlan({ structuredContent = {}, _meta = {} }: ToolResult): Plan {
  const content = structuredContent as unknown as Content;
  const view = _meta[PAGE_VIEW] as PlanPageView | undefined;
  const items = view
    ? view.rows.map(([id, description, server, created, gb, decision, why, type]) => ({
        ...{ id, description, server, created, gb, decision, why },
        isBilled: type === undefined,
      }))
    : readRows(content);
  const shown = items.filter(({ decision }) => decision === "delete").length;
  const { images, saves_per_month: saves } = content.to_delete;
  return {
    noun: view?.noun ?? "image",
    considered: view?.considered ?? content.considered,
    items,
    hidden: view?.more ?? { to_delete: images - shown, to_delete_gb: 0, kept: 0 },
    price: view?.price ?? null,
    saving: saves && `${saves.net} ${saves.currency}`,
    policy: readString(structuredContent["policy"]),
    project: readString(structuredContent["project"]),
    notes: readNotes(structuredContent),
    isBinned: view?.is_binned ?? false,
    isBinFirst: view?.bin_first ?? false,
    confirm: readString(structuredContent["confirm"]) || undefined,
    next: readString(structuredContent["next"]),
    as_of: readString(structuredContent["as_of"]),
  };
}

/** Reads the rows that the model gets, for a host that passes no `_meta` to the page. */
export function readRows({ columns, rows }: Pick<Content, "columns" | "rows">): Item[] {
  return rows.map((row) => {
    const cell = (name: string) => row[columns.indexOf(name)];
    return {
      id: Number(cell("id")),
      description: readString(cell("description")),
      server: readString(cell("server")),
      created: readString(cell("created")),
      gb: (cell("image_size") as number | null) ?? null,
      decision: cell("decision") === "keep" ? "keep" : "delete",
      why: readString(cell("keep_because")),
      isBilled: true,
    };
  });
}

/** Reads the further pages of a plan if the host passed no `_meta`; throws if a page cannot be read. */
export async function readOtherPages(
  { structuredContent = {}, _meta = {} }: ToolResult,
  call: (args: Params) => Promise<ToolResult>,
): Promise<Item[]> {
  const plan = structuredContent["confirm"] ?? structuredContent["plan"];
  const items: Item[] = [];
  let page = _meta[PAGE_VIEW] ? undefined : structuredContent["next_page"];
  while (page !== undefined) {
    const { structuredContent: more, isError } = await call({ plan, page });
    if (isError || !more) throw new Error("a page of the plan cannot be read");
    items.push(...readRows(more as unknown as Content));
    page = more["next_page"];
  }
  return items;
}

/** Sums over the images that would be deleted. */
export interface SelectedSum {
  images: number;
  gb: number;
  withoutSize: number;
  /** Such as `1.24 EUR`; empty if unknown. */
  saving: string;
}

/** Sums the images to delete, without those in `kept`. */
export function sumSelected(plan: Plan, kept: ReadonlySet<number>): SelectedSum {
  const { items, hidden, price, saving } = plan;
  const chosen = items.filter(({ id, decision }) => decision === "delete" && !kept.has(id));
  const size = (of: readonly Item[]) => sumGigabytes([...of.map(({ gb }) => gb), hidden.to_delete_gb]);
  const net = price && costOf(size(chosen.filter(({ isBilled }) => isBilled)), price.net);
  const known = price ? `${net} ${price.currency}` : kept.size === 0 && saving;
  return {
    images: chosen.length + hidden.to_delete,
    gb: size(chosen),
    withoutSize: chosen.filter(({ gb }) => gb === null).length,
    saving: known || "",
  };
}

/** Returns the result's first sentence, such as `Would delete 9 of 28 snapshots: 86.58 GB, saves 1.24 EUR a month.` */
export function summarize(
  { considered, noun }: Plan,
  { images, gb, withoutSize, saving }: SelectedSum,
): string {
  const of = considered === undefined ? plural(images, noun) : `${images} of ${plural(considered, noun)}`;
  if (images === 0) return `Would delete ${of}.`;
  const unknown = withoutSize > 0 ? ` and ${withoutSize} of unknown size` : "";
  return `Would delete ${of}: ${gb.toFixed(2)} GB${unknown}${saving && `, saves ${saving} a month`}.`;
}
