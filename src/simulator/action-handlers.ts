/** Answers the requests on actions, and lets actions end. */

import type { Action, Image } from "../hcloud/types.ts";
import { notFoundError, type SimulatorReply } from "./errors.ts";
import { paginate, parseId, readEnumValues, type SortKey, sortItems } from "./query.ts";
import type { SimulatorState, StoredAction } from "./state.ts";
import { formatTime } from "./timestamps.ts";

const STATUSES = ["running", "success", "error"];

/** The sort keys of the API: `progress` is none. */
const SORT_KEYS: Record<string, SortKey<Action>> = {
  id: (action) => action.id,
  command: (action) => action.command,
  status: (action) => action.status,
  started: (action) => Date.parse(action.started),
  finished: (action) => (action.finished === null ? null : Date.parse(action.finished)),
};

/** Ends every action whose time has come, with its effect on images. Time passes only here. */
export function endDueActions(state: SimulatorState): void {
  for (const stored of state.actions.values()) {
    if (stored.pending === undefined || stored.pending.endsAt > state.now()) continue;
    const { pending, ...action } = stored;
    const finished = formatTime(pending.endsAt);
    state.actions.set(action.id, { ...action, status: "success", progress: 100, finished });
    if (pending.protect === undefined) continue;
    for (const { id } of action.resources) {
      const image = state.images.get(id);
      if (image) state.images.set(id, { ...image, protection: { delete: pending.protect } });
    }
  }
}

/** Starts a change_protection on the image. Whether the real API protects immediately or when the action ends is unknown. */
export function startProtection(state: SimulatorState, image: Image, protect: boolean | undefined): Action {
  const now = state.now();
  const stored: StoredAction = {
    id: state.nextActionId++,
    command: "change_protection",
    status: "running",
    progress: 0,
    started: formatTime(now),
    finished: null,
    resources: [{ id: image.id, type: "image" }],
    error: null,
    pending: { endsAt: now + state.actionMs, protect },
  };
  state.actions.set(stored.id, stored);
  endDueActions(state);
  return toAction(state.actions.get(stored.id) ?? stored);
}

/** Whether an action on the image is running. */
export function isBusy(state: SimulatorState, imageId: number): boolean {
  return listActionsOnImage(state, imageId).some((action) => action.status === "running");
}

/** Returns the actions on an image, even of a deleted image. */
export function listActionsOnImage(state: SimulatorState, imageId: number): StoredAction[] {
  return [...state.actions.values()].filter((action) =>
    action.resources.some(({ id, type }) => type === "image" && id === imageId),
  );
}

/** Returns a page of the actions by `id`, `status` and `sort`; `url` is the URL without query. Throws 422. */
export function handleListActions(
  actions: Iterable<StoredAction>,
  query: URLSearchParams,
  url: string,
): SimulatorReply {
  const statuses = readEnumValues(query, "status", STATUSES);
  const ids = query.getAll("id").map(parseId);
  const chosen = [...actions].filter(
    (action) =>
      (ids.length === 0 || ids.includes(action.id)) &&
      (statuses.length === 0 || statuses.includes(action.status)),
  );
  const { items, pagination, link } = paginate(sortItems(chosen, query, SORT_KEYS), query, url);
  return {
    status: 200,
    headers: { Link: link },
    body: { actions: items.map(toAction), meta: { pagination } },
  };
}

/** Returns one of the actions. Throws 404. */
export function handleGetAction(actions: Iterable<StoredAction>, id: string): SimulatorReply {
  const wanted = parseId(id);
  for (const action of actions) {
    if (action.id === wanted) return { status: 200, headers: {}, body: { action: toAction(action) } };
  }
  throw notFoundError("action", id);
}

function toAction({ pending: _, ...action }: StoredAction): Action {
  return action;
}
