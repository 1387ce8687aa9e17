/** The state of the simulated project. */

import type { Action, Image } from "../hcloud/types.ts";
import { type Bucket, createBucket } from "./bucket.ts";
import { createPricing, type Pricing } from "./pricing.ts";

interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** An action as the API shows it, and its future; an action without `pending` never changes. */
export interface StoredAction extends Action {
  pending?: {
    /** Milliseconds since the epoch. */
    endsAt: number;
    /** The delete protection that the images of the action get when it ends; undefined for no change. */
    protect?: boolean | undefined;
  };
}

type Access = "read-write" | "read-only";

/** One project of the simulated cloud. Tests may change every member between requests. */
export interface SimulatorState extends Clock {
  images: Map<number, Image>;
  actions: Map<number, StoredAction>;
  nextActionId: number;
  tokens: Map<string, Access>;
  pricing: Pricing;
  bucket: Bucket;
  /** The duration of an action, in ms; with 0, the action has succeeded in the response to the POST. */
  actionMs: number;
  /** The base URL of the simulator for `Link` headers, without a slash at the end. */
  endpoint: string;
  /** The number of requests handled so far, from which `X-Correlation-Id` is made. */
  handled: number;
}

export interface StateOptions {
  now: () => number;
  images: readonly Image[];
  actions?: readonly Action[];
  tokens: Iterable<readonly [string, Access]>;
  /** Requests per hour. */
  rateLimit?: number | undefined;
  actionMs?: number | undefined;
  endpoint?: string | undefined;
}

/** Returns a new project. Copies images and actions, so that the caller's own do not change. */
export function createState(options: StateOptions): SimulatorState {
  const actions = (options.actions ?? []).map((action) => structuredClone(action));
  return {
    now: options.now,
    images: new Map(options.images.map((image) => [image.id, structuredClone(image)])),
    actions: new Map(actions.map((action) => [action.id, action])),
    nextActionId: 1 + Math.max(0, ...actions.map((action) => action.id)),
    tokens: new Map(options.tokens),
    pricing: createPricing(),
    bucket: createBucket(options.rateLimit ?? 3600, options.now()),
    actionMs: options.actionMs ?? 300,
    endpoint: options.endpoint ?? "https://api.hetzner.cloud/v1",
    handled: 0,
  };
}
