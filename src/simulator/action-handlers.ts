import type { Action, Image } from "../hcloud/types.ts";
import { notFoundError, type SimulatorReply } from "./errors.ts";
import { paginate, parseId, readEnumValues, type SortKey, sortItems } from "./query.ts";
import type { SimulatorState, StoredAction } from "./state.ts";
import { formatTime } from "./timestamps.ts";

const STATUSES = ["running", "success", "error"];

/** `progress` is no sort key of the API. */
const SORT_KEYS: Record<string, SortKey<Action>> = {
  id: (action) => action.id,
  command: (action) => action.command,
  status: (action) => action.status,
  started: (action) => Date.parse(action.started),
  finished: (action) => (action.finished === null ? null : Date.parse(action.finished)),
};

/** Ends every action whose time has come, with all that follows from it. Time passes only here. */
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

/** Starts a change_protection on the image. Whether the real API protects at once or when the action ends is unknown. */
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

/** Whether an action is at work on the image. */
export function isBusy(state: SimulatorState, imageId: number): boolean {
  return listActionsOnImage(state, imageId).some((action) => action.status === "running");
}

/** Actions on the image, even when it is gone. */
export function listActionsOnImage(state: SimulatorState, imageId: number): StoredAction[] {
  return [...state.actions.values()].filter((action) =>
    action.resources.some(({ id, type }) => type === "image" && id === imageId),
  );
}

/** Answers a list of actions by `id`, `status`, `sort` and page; `url` is the address without query. Throws 422. */
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

/** Answers one of these actions. Throws 404. */
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
