/** What a result says to the page that shows it. Types only, and no imports: the page is built with them too. */

/** Key of the page's data in `_meta` of a result. */
export const PAGE_VIEW = "hcloud-images/page";

export type PageView = PlanPageView | ReportPageView;

export interface PagePrice {
  currency: string;
  /** Decimals, per GB and month. */
  net: string;
  gross: string;
}

/** `always`: kept whatever the policy says; `binned`: kept because it is in the recycle bin. */
export type PlanDecision = "delete" | "keep" | "always" | "binned";

/**
 * An image of a plan; texts are inert, the size is not rounded, `why` it is kept or, for one to delete, what it was called, `type` is
 * missing for a snapshot.
 */
export type PlanRow = [
  id: number,
  description: string,
  server: string,
  created: string,
  gigabytes: number | null,
  decision: PlanDecision,
  why: string,
  type?: string,
];

export interface PlanPageView {
  kind: "plan";
  /** Images considered; missing when the images were chosen by id. */
  considered?: number;
  noun: string;
  price: PagePrice | null;
  /** The oldest of those to delete first, then the newest of those to keep. */
  rows: PlanRow[];
  /** All images to delete are in the recycle bin. */
  is_binned?: true;
  /** The operator's rules allow the deletion only after the bin. */
  bin_first?: true;
  /** What the rows omit. */
  more?: { to_delete: number; to_delete_gb: number; kept: number };
}

/** The sums of a server's snapshots and backups. */
export interface ServerBar {
  name: string;
  snapshots: number;
  gb: number;
  /** Missing when the price is not known. */
  net?: string;
  gross?: string;
  backups: number;
  backup_gb: number;
  /** GB of the snapshots made in each month, such as `["2026-05", 3, 12.5]`: month, snapshots, GB; the oldest month first. */
  months: [month: string, snapshots: number, gb: number][];
}

export interface ReportPageView {
  kind: "report";
  currency?: string;
  servers: ServerBar[];
  /** Number of servers that are omitted. */
  more?: number;
  months: ServerBar["months"];
  stopped: { name: string; newest: string; every_days: number }[];
  duplicates: { same: string; value: string; images: number; ids: number[]; servers: string[] }[];
}
