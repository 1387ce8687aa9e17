/** Shows actions to a model. */

import type { Action, Pagination } from "../hcloud/types.ts";
import { clean } from "../text.ts";
import { compact } from "./blank.ts";
import { plural } from "./counts.ts";
import { pageOf, type Table, tabulate } from "./table.ts";
import { toMinute } from "./time.ts";

/** Characters of a text. */
const MAX_TEXT_CHARS = 120;

export type ActionView = { id: number; command: string; status: string } & Record<string, unknown>;

/** Returns a sentence such as `2 actions, 1 running.` */
export function summarizeActions(
  actions: readonly Action[],
  { page, next_page, total_entries: total }: Pagination,
): string {
  if (total === 0) return "No action matches.";
  const isWhole = page === 1 && next_page === null;
  const count = (status: string) => actions.filter((action) => action.status === status).length;
  const known = total ?? (isWhole ? actions.length : null);
  const counted = known === null ? `Page ${page} of actions` : plural(known, "action");
  const rare = [
    count("running") > 0 && `${count("running")} running`,
    count("error") > 0 && `${count("error")} failed`,
  ].filter(Boolean);
  const where = rare.length > 0 && !isWhole ? " on this page" : "";
  return `${[counted, ...rare].join(", ")}${where}.`;
}

export function tableOfActions(actions: readonly Action[], pagination: Pagination): Table {
  const fixed = {
    id: (action: Action) => action.id,
    command: (action: Action) => clean(action.command, MAX_TEXT_CHARS),
    status: (action: Action) => clean(action.status, MAX_TEXT_CHARS),
    started: (action: Action) => toMinute(action.started),
    finished: (action: Action) => toMinute(action.finished ?? ""),
  };
  const more = {
    progress: (action: Action) => action.progress,
    resources: (action: Action) => action.resources.map(viewResource).join(" "),
    error: viewError,
  };
  return pageOf(tabulate(actions, fixed, more), pagination);
}

export function viewAction(action: Action): ActionView {
  return {
    id: action.id,
    command: clean(action.command, MAX_TEXT_CHARS),
    status: clean(action.status, MAX_TEXT_CHARS),
    progress: action.progress,
    ...compact({
      started: clean(action.started, MAX_TEXT_CHARS),
      finished: clean(action.finished ?? "", MAX_TEXT_CHARS),
      resources: action.resources.map(viewResource),
      error: viewError(action),
    }),
  };
}

const viewResource = ({ type, id }: Action["resources"][number]) => `${clean(type, MAX_TEXT_CHARS)} ${id}`;

/** An action that succeeded may carry an error too, which then means nothing. */
function viewError({ status, error }: Action): string {
  if (status !== "error" || !error) return "";
  return `${clean(error.code, MAX_TEXT_CHARS)}: ${clean(error.message, MAX_TEXT_CHARS)}`;
}
