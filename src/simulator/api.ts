/** Passes requests to the handlers of their routes, after the checks of rate limit, token and method. */

import { endDueActions, handleGetAction, handleListActions, listActionsOnImage } from "./action-handlers.ts";
import { formatRateLimitHeaders, takeToken } from "./bucket.ts";
import { ApiError, type SimulatorReply } from "./errors.ts";
import {
  findImage,
  handleChangeProtection,
  handleDeleteImage,
  handleGetImage,
  handleListImages,
  handleUpdateImage,
} from "./image-handlers.ts";
import type { SimulatorState } from "./state.ts";

export type { SimulatorReply } from "./errors.ts";

export interface SimulatorRequest {
  method: string;
  /** The path below `/v1` without query, such as `/images/42`. */
  path: string;
  query: URLSearchParams;
  /** The headers, with names in lower case. */
  headers: Record<string, string>;
  body: string;
}

interface Call extends SimulatorRequest {
  /** The URL without query, for links to other pages. */
  url: string;
  /** The texts in the path at the places of `{id}` and `{action_id}`. */
  id: string;
  actionId: string;
}

type Handler = (state: SimulatorState, call: Call) => SimulatorReply;

const ANNOUNCEMENT = "https://docs.hetzner.cloud/changelog";

/** The routes: the first one that matches a path handles the path. Clients that wait for an action use `GET /actions`. */
const ROUTES: { template: string; path: RegExp; methods: Record<string, Handler> }[] = [
  route("/images", { GET: (state, { query, url }) => handleListImages(state, query, url) }),
  route("/images/actions", {
    GET: (state, { query, url }) => handleListActions(listActionsOnAnyImage(state), query, url),
  }),
  route("/images/actions/{id}", {
    GET: (state, { id }) => handleGetAction(listActionsOnAnyImage(state), id),
  }),
  route("/images/{id}", {
    GET: (state, { id }) => handleGetImage(state, id),
    PUT: (state, { id, body }) => handleUpdateImage(state, id, body),
    DELETE: (state, { id }) => handleDeleteImage(state, id),
  }),
  route("/images/{id}/actions/change_protection", {
    POST: (state, { id, body }) => handleChangeProtection(state, id, body),
  }),
  route("/images/{id}/actions", {
    GET: (state, { id, query, url }) =>
      handleListActions(listActionsOnImage(state, findImage(state, id).id), removeIdFilter(query), url),
  }),
  route("/images/{id}/actions/{action_id}", {
    GET: (state, { id, actionId }) =>
      handleGetAction(listActionsOnImage(state, findImage(state, id).id), actionId),
  }),
  route("/actions", {
    GET: (state, { query, url }) => {
      if (query.has("id")) return handleListActions(state.actions.values(), query, url);
      throw new ApiError(410, "deprecated_api_endpoint", "listing arbitrary actions is no longer possible", {
        announcement: ANNOUNCEMENT,
      });
    },
  }),
  route("/actions/{id}", { GET: (state, { id }) => handleGetAction(state.actions.values(), id) }),
  route("/pricing", { GET: ({ pricing }) => ({ status: 200, headers: {}, body: { pricing } }) }),
];

/** Answers one request, and changes the state as the API does. Never throws: every refusal is a reply. */
export function handleRequest(request: SimulatorRequest, state: SimulatorState): SimulatorReply {
  state.handled += 1;
  endDueActions(state);
  const headers = {
    // Node's own header has the real time, not the time of the project's clock.
    Date: new Date(state.now()).toUTCString(),
    "X-Correlation-Id": state.handled.toString(16).padStart(16, "0"),
  };
  try {
    return addHeaders(answer(request, state, headers), headers);
  } catch (error) {
    const { status, code, message, details } =
      error instanceof ApiError ? error : new ApiError(500, "server_error", "an unexpected error occurred");
    return addHeaders({ status, headers: {}, body: { error: { code, message, details } } }, headers);
  }
}

/** Answers the request, and adds to `headers`, which a refusal has too. The checks are in the order of the live API. */
function answer(
  request: SimulatorRequest,
  state: SimulatorState,
  headers: Record<string, string>,
): SimulatorReply {
  const found = ROUTES.find(({ path }) => path.test(request.path));
  if (!found) throw new ApiError(404, "not_found", "api route not found");
  // Requests without a valid token count too.
  const allowed = takeToken(state.bucket, state.now());
  Object.assign(headers, formatRateLimitHeaders(state.bucket));
  if (!allowed) {
    const message = `limit of ${state.bucket.limit} requests per hour reached`;
    throw new ApiError(429, "rate_limit_exceeded", message);
  }
  const access = authenticate(request, state);
  const handler = Object.hasOwn(found.methods, request.method) ? found.methods[request.method] : undefined;
  if (!handler) throw new ApiError(405, "method_not_allowed", "method not allowed");
  if (access === "read-only" && request.method !== "GET") {
    throw new ApiError(401, "token_readonly", "not allowed because token is readonly");
  }
  const [, id = "", actionId = ""] = found.path.exec(request.path) ?? [];
  return handler(state, { ...request, url: state.endpoint + request.path, id, actionId });
}

function authenticate(request: SimulatorRequest, state: SimulatorState) {
  const token = /^Bearer +(\S+)$/i.exec(request.headers["authorization"] ?? "")?.[1];
  if (token === undefined) throw new ApiError(401, "unauthorized", "token is required");
  const access = state.tokens.get(token);
  if (!access) throw new ApiError(401, "unauthorized", "the token you have provided is invalid");
  return access;
}

function route(path: string, methods: Record<string, Handler>) {
  return { template: path, path: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "([^/]+)")}$`), methods };
}

/** Returns the route of a path as the API reference writes it; undefined when there is none. */
export function findRoute(path: string): string | undefined {
  return ROUTES.find((route) => route.path.test(path))?.template;
}

function listActionsOnAnyImage(state: SimulatorState) {
  return [...state.actions.values()].filter(({ resources }) =>
    resources.some(({ type }) => type === "image"),
  );
}

/** Removes `id` from a query: the list of the actions on one image ignores unknown parameters, and has no `id` filter. */
function removeIdFilter(query: URLSearchParams): URLSearchParams {
  const rest = new URLSearchParams(query);
  rest.delete("id");
  return rest;
}

function addHeaders(reply: SimulatorReply, headers: Record<string, string>): SimulatorReply {
  const type = reply.body === undefined ? {} : { "Content-Type": "application/json" };
  return { ...reply, headers: { ...type, ...headers, ...reply.headers } };
}
