/**
 * The data that the Hetzner Cloud API takes and returns, by its OpenAPI document of September 2026. Enums are open: the
 * API adds values without notice, and an unknown value must pass.
 */

type Open<Known extends string> = Known | (string & {});

type ImageType = Open<"system" | "app" | "snapshot" | "backup">;
type ImageStatus = Open<"available" | "creating" | "unavailable">;
type Architecture = Open<"x86" | "arm">;
type ActionStatus = Open<"running" | "success" | "error">;

/** An image. Sizes are in GB. Times are RFC 3339, in older responses with `+00:00`, in newer ones with `Z`. */
export interface Image {
  id: number;
  type: ImageType;
  status: ImageStatus;
  /** Set for system and app images only; null for snapshots and backups. */
  name: string | null;
  description: string;
  /** The compressed size, by which a snapshot is billed; null for system and app images, and during creation. */
  image_size: number | null;
  /** The size of the disk in the image: the smallest server disk to which the image can be written. */
  disk_size: number;
  created: string;
  /** The source server with its name at that time; the server may be gone. */
  created_from: { id: number; name: string } | null;
  /** The server of a backup, which is deleted with the server; null for other images. */
  bound_to: number | null;
  os_flavor: string;
  os_version: string | null;
  rapid_deploy?: boolean;
  protection: { delete: boolean };
  /** The predecessor of `deprecation`, deprecated by the API since 2026-09-08; either may be missing. */
  deprecated?: string | null;
  deprecation?: { announced: string; unavailable_after: string } | null;
  deleted?: string | null;
  labels: Record<string, string>;
  architecture: Architecture;
}

export interface Action {
  id: number;
  command: string;
  /** The only sign of how an action ended: `error` may be set on success too. */
  status: ActionStatus;
  /** Percent, 0 to 100. */
  progress: number;
  started: string;
  /** Null while the action is running. */
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

/** The price per GB of compressed size and month, in the currency of the project's owner. */
export interface ImagePrice {
  currency: string;
  /** A decimal number with any number of places. */
  net: string;
  gross: string;
}

export interface ListImagesQuery {
  sort?: string[] | undefined;
  type?: string[] | undefined;
  status?: string[] | undefined;
  bound_to?: number[] | undefined;
  include_deprecated?: boolean | undefined;
  /** The exact name. */
  name?: string | undefined;
  label_selector?: string | undefined;
  architecture?: string | undefined;
  page?: number | undefined;
  per_page?: number | undefined;
}

/** Which images a list has, whatever their order and pages. */
export type ImageQuery = Omit<ListImagesQuery, "sort" | "page" | "per_page">;

export interface ListActionsQuery {
  sort?: string[] | undefined;
  status?: string[] | undefined;
  page?: number | undefined;
  per_page?: number | undefined;
}

/** The body of an update: only the members that are present are changed; `labels` replaces the whole set. */
export interface ImageUpdate {
  description?: string | undefined;
  type?: "snapshot" | undefined;
  labels?: Record<string, string> | undefined;
}
