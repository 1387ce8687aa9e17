/** The meaning of every error code: what a change that failed with it did, whether to retry, and what to tell the user. */

/**
 * What a failed change did: it never left this machine; the API refused it and changed nothing; or its outcome is unknown until the
 * image is read.
 */
export type Effect = "not_sent" | "unchanged" | "unknown";

/** Which requests may be sent again: none; a read, once or several times; or any, a change after its image was read again. */
type Retry = "never" | "read_once" | "read" | "any";

/** The meaning of an error code. */
export interface ErrorMeaning {
  effect: Effect;
  retry: Retry;
  /** Whether every other image would fail with the same error. */
  failsForEveryImage: boolean;
  /** The sentence on what happened, without its full stop. */
  happened: string;
  /** The sentences on what to do next. */
  next: string;
}

const CREATE_TOKEN = "in the Hetzner Console: open the project, then Security → API tokens";
const LATER = "Try again in a minute; see status.hetzner.com.";
const READ_FIRST = "Read the image with hcloud_get_image before trying again.";

const unchanged = (happened: string, next: string, more: Partial<ErrorMeaning> = {}): ErrorMeaning => ({
  effect: "unchanged",
  retry: "never",
  failsForEveryImage: false,
  happened,
  next,
  ...more,
});
const notSent = (happened: string, next: string, more: Partial<ErrorMeaning> = {}) =>
  unchanged(happened, next, { effect: "not_sent", ...more });
const unknown = (happened: string, next: string, retry: Retry) =>
  unchanged(happened, next, { effect: "unknown", retry });

/** Error codes of the API. */
const API_CODES = {
  unauthorized: unchanged(
    "Hetzner Cloud does not accept the API token",
    `Check HCLOUD_TOKEN or the context, or create a new token ${CREATE_TOKEN}; then restart this server.`,
    { failsForEveryImage: true },
  ),
  token_readonly: unchanged(
    "The API token may only read",
    `To change images, use a read & write token; create one ${CREATE_TOKEN}.`,
    { failsForEveryImage: true },
  ),
  forbidden: unchanged(
    "The API token is not allowed to do this",
    "Use a token with read & write rights for this project.",
  ),
  not_found: unchanged(
    "There is no such image or action in this project",
    "Find ids with hcloud_list_images or hcloud_list_image_actions; a token sees only its own project, and a deleted image is gone.",
  ),
  invalid_input: unchanged("Hetzner Cloud refused the input", "Correct the arguments and call again."),
  json_error: unchanged(
    "Hetzner Cloud could not read the request",
    "This is a defect of this server: please report it.",
  ),
  protected: unchanged(
    "The image is protected against deletion",
    "Only if its owner wants it gone: switch protection off with hcloud_change_image_protection (delete: false), then delete.",
  ),
  locked: unchanged(
    "The image is locked by a running action",
    "Look at hcloud_list_actions_for_image, and call again when that action has ended.",
  ),
  conflict: unchanged(
    "The image changed while the API was handling the request",
    "Read it again with hcloud_get_image, then decide again.",
    { retry: "any" },
  ),
  rate_limit_exceeded: unchanged(
    "The project's API rate limit is used up",
    "Wait a minute, then call again; the limit refills continuously.",
    { retry: "any", failsForEveryImage: true },
  ),
  method_not_allowed: unchanged("Hetzner Cloud does not offer this operation here", "Check HCLOUD_ENDPOINT."),
  deprecated_api_endpoint: unchanged(
    "Hetzner Cloud no longer offers this operation",
    "Update hcloud-images-mcp to its newest version.",
  ),
  resource_unavailable: unchanged("Hetzner Cloud cannot do this at the moment", "Try again later."),
  resource_limit_exceeded: unchanged(
    "A limit of the Hetzner account is reached",
    "Snapshots are limited for the whole account: delete some, or ask Hetzner for a higher limit.",
  ),
  service_error: unchanged("Hetzner Cloud could not do this", READ_FIRST),
  maintenance: unchanged("Hetzner Cloud is under maintenance", "Try again later; see status.hetzner.com."),
  server_error: unknown("Hetzner Cloud failed", LATER, "read"),
  unavailable: unknown("Hetzner Cloud is not available", LATER, "read"),
  bad_gateway: unknown("A gateway in front of Hetzner Cloud failed", LATER, "any"),
  timeout: unknown("Hetzner Cloud did not answer in time", LATER, "any"),
};

/** Error codes of this client: a response of the API never has one. */
const CLIENT_CODES = {
  token_missing: notSent(
    "No API token is set: the environment variable HCLOUD_TOKEN is missing",
    `Create one ${CREATE_TOKEN}, set HCLOUD_TOKEN in the configuration of this server and restart it; or name a context of the hcloud CLI with --context, or try it without an account with --demo or HCLOUD_IMAGES_DEMO=true.`,
    { failsForEveryImage: true },
  ),
  connection_refused: notSent(
    "No connection to the API could be made",
    "Check the network, the proxy settings and HCLOUD_ENDPOINT.",
    { retry: "any" },
  ),
  dns_failed: notSent(
    "The API's host name could not be resolved",
    "Check the network, the DNS and HCLOUD_ENDPOINT.",
  ),
  tls_failed: notSent(
    "No trusted TLS connection to the API could be made",
    "Check the clock, and proxies that inspect TLS; NODE_EXTRA_CA_CERTS adds a company's certificate.",
  ),
  proxy_failed: notSent(
    "The proxy did not let the request through",
    "Check HTTPS_PROXY and HTTP_PROXY; NO_PROXY=api.hetzner.cloud bypasses the proxy.",
  ),
  request_too_large: notSent(
    "The arguments make a request that is too large for any API",
    "Give fewer or shorter ones.",
  ),
  deadline_exceeded: notSent("There was no time left to send the request", "Call again."),
  too_slow: notSent(
    "The API answers too slowly to check the image right before the change",
    "Call again when the API answers within a second.",
  ),
  stale_read: notSent(
    "The connection for the change was not ready within a second of the last read of the image",
    "Call again.",
    { retry: "any" },
  ),
  connection_lost: unknown(
    "The connection to the API broke before its response was complete",
    "Try again.",
    "any",
  ),
  timed_out: unknown(
    "The API did not answer completely in time",
    "Try again; if it lasts, check the network.",
    "any",
  ),
  response_too_large: unknown(
    "The API's response was too large to be read",
    "Ask for fewer entries with per_page.",
    "never",
  ),
  redirected: unknown(
    "The API answered with a redirect, which is never followed, so that the token stays where it belongs",
    "Check HCLOUD_ENDPOINT.",
    "never",
  ),
  malformed_reply: unknown(
    "The API's response could not be understood",
    "Check HCLOUD_ENDPOINT, and whether a proxy answers in its place; then try again.",
    "read_once",
  ),
  outcome_unknown: unknown(
    "The outcome is unknown: the change was sent, and no response says whether it was made",
    "Read the image with hcloud_get_image before doing anything else: the change may still take effect.",
    "never",
  ),
  cancelled: unchanged("The call was cancelled", READ_FIRST),
};

const TABLE = new Map<string, ErrorMeaning>(Object.entries({ ...API_CODES, ...CLIENT_CODES }));

/** Whether the code is one of this client: a response that contains the code is not the API's. */
export function isClientCode(code: string): boolean {
  return Object.hasOwn(CLIENT_CODES, code);
}

interface Coded {
  code: string;
  /** The HTTP status, when there was a response. */
  status?: number | undefined;
  /** Whether a proxy or gateway answered instead of the API. */
  notFromApi?: boolean;
}

/** Returns what an error means. A code that the API adds later gets the meaning of its HTTP status. */
export function classifyError({ code, status = 0, notFromApi = false }: Coded): ErrorMeaning {
  const known = TABLE.get(code);
  if (!known) return classifyByStatus(status, notFromApi);
  // A gateway or a failing API may have passed the change on before it answered with an error.
  return notFromApi || status >= 500 ? { ...known, effect: "unknown" } : known;
}

function classifyByStatus(status: number, notFromApi: boolean): ErrorMeaning {
  if (status >= 500) return { ...API_CODES.server_error, retry: "never" };
  if (notFromApi) return { ...CLIENT_CODES.malformed_reply, retry: "never" };
  return status === 401 ? API_CODES.unauthorized : API_CODES.service_error;
}
