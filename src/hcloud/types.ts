/**
 * What travels on the wire between us and the Hetzner Cloud API, as its OpenAPI document has it (September 2026).
 * Enums are open: the API adds values without notice, and an unknown one must pass through.
 */

type Open<Known extends string> = Known | (string & {});

type ImageType = Open<"system" | "app" | "snapshot" | "backup">;
type ImageStatus = Open<"available" | "creating" | "unavailable">;
type Architecture = Open<"x86" | "arm">;
type ActionStatus = Open<"running" | "success" | "error">;

/** Sizes are GB; times are RFC 3339, older payloads with `+00:00`, newer ones with `Z`. */
export interface Image {
  id: number;
  type: ImageType;
  status: ImageStatus;
  /** Set for system and app images only; null for snapshots and backups. */
  name: string | null;
  description: string;
  /** Compressed GB in storage, which is what a snapshot is billed by; null for system, app and while creating. */
  image_size: number | null;
  /** GB of the disk inside the image: the smallest server disk it can be written to. */
  disk_size: number;
  created: string;
  /** The source server as it was called at that time; it may be gone. */
  created_from: { id: number; name: string } | null;
  /** Backups only: the server they live and die with. */
  bound_to: number | null;
  os_flavor: string;
  os_version: string | null;
  rapid_deploy?: boolean;
  protection: { delete: boolean };
  /** Deprecated by the API since 2026-09-08 in favour of `deprecation`; either may be missing. */
  deprecated?: string | null;
  deprecation?: { announced: string; unavailable_after: string } | null;
  deleted?: string | null;
  labels: Record<string, string>;
  architecture: Architecture;
}

export interface Action {
  id: number;
  command: string;
  /** The only judge of how an action ended: `error` may be filled in on success too. */
  status: ActionStatus;
  /** Percent, 0 to 100. */
  progress: number;
  started: string;
  /** Null while running. */
  finished: string | null;
  resources: { id: number; type: string }[];
  error: { code: string; message: string } | null;
}

export interface Pagination {
  page: number;
  per_page: number;
  previous_page: number | null;
  next_page: number | null;
  last_page: number | null;
  total_entries: number | null;
}

export interface ImagePage {
  images: Image[];
  pagination: Pagination;
}

export interface ActionPage {
  actions: Action[];
  pagination: Pagination;
}

/** Per GB of compressed size and month, in the currency of the project's owner. */
export interface ImagePrice {
  currency: string;
  /** Decimals, with any number of places. */
  net: string;
  gross: string;
}

export interface ListImagesQuery {
  sort?: string[] | undefined;
  type?: string[] | undefined;
  status?: string[] | undefined;
  bound_to?: number[] | undefined;
  include_deprecated?: boolean | undefined;
  /** Exact match. */
  name?: string | undefined;
  label_selector?: string | undefined;
  architecture?: string | undefined;
  page?: number | undefined;
  per_page?: number | undefined;
}

export interface ListActionsQuery {
  sort?: string[] | undefined;
  status?: string[] | undefined;
  page?: number | undefined;
  per_page?: number | undefined;
}

/** Only what is present is changed; `labels` replaces the whole set. */
export interface ImageUpdate {
  description?: string | undefined;
  type?: "snapshot" | undefined;
  labels?: Record<string, string> | undefined;
}
