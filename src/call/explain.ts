/** One way to fail: every error becomes what happened, and what to do next, in words for a model and its user. */

import { HcloudError } from "../hcloud/errors.ts";
import { clean } from "../text.ts";
import { ToolError } from "../tool.ts";

const CREATE_TOKEN = "in the Hetzner Console: open the project, then Security → API tokens";

/** What a code means here, and the next step. */
const MEANING = new Map<string, [happened: string, next: string]>(
  Object.entries({
    token_missing: [
      "No API token is set: the environment variable HCLOUD_TOKEN is missing",
      `Create one ${CREATE_TOKEN}, set HCLOUD_TOKEN in the configuration of this server and restart it; or name a context of the hcloud CLI with --context. To try it without an account, start it with --demo.`,
    ],
    unauthorized: [
      "Hetzner Cloud does not accept the API token",
      `Check HCLOUD_TOKEN or the context, or create a new token ${CREATE_TOKEN}; then restart this server.`,
    ],
    token_readonly: [
      "The API token may only read",
      `Nothing was changed. To change images, use a read & write token; create one ${CREATE_TOKEN}.`,
    ],
    forbidden: [
      "The API token is not allowed to do this",
      "Nothing was changed. Use a token with read & write rights for this project.",
    ],
    not_found: [
      "There is no such image or action in this project",
      "Find ids with hcloud_list_images or hcloud_list_image_actions; a token sees only its own project, and a deleted image is gone.",
    ],
    invalid_input: [
      "Hetzner Cloud refused the input",
      "Nothing was changed. Mend the arguments and call again.",
    ],
    json_error: [
      "Hetzner Cloud could not read the request",
      "Nothing was changed. This is a defect of this server: please report it.",
    ],
    protected: [
      "The image is protected against deletion",
      "Nothing was deleted. Only if its owner wants it gone: switch protection off with hcloud_change_image_protection (delete: false), then delete.",
    ],
    locked: [
      "The image is locked while another action runs on it",
      "Nothing was changed. Look at hcloud_list_actions_for_image, and call again when that action has ended.",
    ],
    conflict: [
      "The image was being changed by somebody else",
      "Read it again with hcloud_get_image, then decide anew.",
    ],
    rate_limit_exceeded: [
      "The project's request limit (3600 an hour) is used up",
      "Wait a minute, then call again; one request comes back each second.",
    ],
    maintenance: [
      "Hetzner Cloud is under maintenance",
      "Nothing was changed. Try again later; see status.hetzner.com.",
    ],
    deprecated_api_endpoint: [
      "Hetzner Cloud no longer offers this operation",
      "Update hcloud-images-mcp to its newest version.",
    ],
    resource_unavailable: ["Hetzner Cloud cannot do this at the moment", "Try again later."],
    service_error: [
      "Hetzner Cloud could not do this",
      "Read the image with hcloud_get_image before trying again.",
    ],
    server_error: ["Hetzner Cloud failed", "Try again in a minute; see status.hetzner.com."],
    unavailable: ["Hetzner Cloud is not available", "Try again in a minute; see status.hetzner.com."],
    bad_gateway: ["A gateway before Hetzner Cloud failed", "Try again in a minute; see status.hetzner.com."],
    timeout: ["Hetzner Cloud did not answer in time", "Try again in a minute; see status.hetzner.com."],
    connection_refused: [
      "No connection to the API could be made",
      "Nothing was sent. Check the network, the proxy settings and HCLOUD_ENDPOINT.",
    ],
    connection_lost: ["The connection to the API broke before its answer was complete", "Try again."],
    timed_out: ["The API did not answer completely in time", "Try again; if it lasts, check the network."],
    dns_failed: [
      "The API's host name could not be resolved",
      "Nothing was sent. Check the network, the DNS and HCLOUD_ENDPOINT.",
    ],
    tls_failed: [
      "No trusted TLS connection to the API could be made",
      "Nothing was sent. Check the clock, and proxies that inspect TLS; NODE_EXTRA_CA_CERTS adds a company's certificate.",
    ],
    request_too_large: [
      "The arguments make a request that is too large for any API",
      "Nothing was sent. Give fewer or shorter ones.",
    ],
    response_too_large: ["The API's answer was too large to be read", "Ask for fewer entries with per_page."],
    redirected: [
      "The API answered with a redirect, which is never followed, so that the token stays where it belongs",
      "Check HCLOUD_ENDPOINT.",
    ],
    malformed_reply: [
      "The API's answer could not be understood",
      "Check HCLOUD_ENDPOINT, and whether a proxy answers in its place; then try again.",
    ],
    resource_limit_exceeded: [
      "A limit of the Hetzner account is reached",
      "Nothing was changed. Snapshots are limited for the whole account: delete some, or ask Hetzner for a higher limit.",
    ],
    proxy_failed: [
      "The proxy did not let the request through",
      "Nothing was sent. Check HTTPS_PROXY and HTTP_PROXY; NO_PROXY=api.hetzner.cloud goes round the proxy.",
    ],
    deadline_exceeded: ["There was no time left to send the request", "Nothing was sent. Call again."],
    outcome_unknown: [
      "The outcome is unknown: the change was sent, and its answer was lost",
      "Read the image with hcloud_get_image before doing anything else: it may or may not have been changed.",
    ],
  }),
);

const UNKNOWN = [
  "Hetzner Cloud refused this",
  "Read the image with hcloud_get_image before trying again.",
] as const;

const INTERNAL = "Internal error in hcloud-images-mcp (internal_error). Please report it.";
const MAYBE_CHANGED = "The change may or may not have been made: read the image with hcloud_get_image first.";

/** Characters of an upstream message that are shown. */
const MESSAGE = 300;

/**
 * What happened and what to do next, with the code and the correlation id; never a stack, a header or a raw body. Of a
 * `change` it is said whether it took effect: all that may have been carried out is settled before, or `outcome_unknown`.
 */
export function explain(error: unknown, change = false): string {
  if (error instanceof ToolError) return `${error.message} (${error.code})`;
  if (!(error instanceof HcloudError)) return change ? `${INTERNAL} ${MAYBE_CHANGED}` : INTERNAL;
  const [happened, next] = MEANING.get(error.code) ?? MEANING.get(fallback(error)) ?? UNKNOWN;
  const marks = [error.code, error.correlationId && `correlation id ${error.correlationId}`]
    .filter(Boolean)
    .join(", ");
  const said = error.code === "token_missing" ? "" : quote(error);
  const told = `${happened} (${marks})${said}.`;
  if (error.unchanged)
    return `${told} The image was read afterwards and is unchanged. ${next.replace(/^Nothing was \w+\. /, "")}`;
  const silent = change && !/^Nothing was /.test(next) && !SAYS_ENOUGH.has(error.code);
  return `${told} ${silent ? "Nothing was changed. " : ""}${next}`;
}

/** Of which it would be untrue, or idle, that nothing was changed. */
const SAYS_ENOUGH = new Set(["outcome_unknown", "not_found", "token_missing"]);

/** A code the API invents later is explained by its status. */
function fallback({ status = 0, notFromApi }: HcloudError): string {
  if (notFromApi && status < 500) return "malformed_reply";
  if (status >= 500) return "server_error";
  return status === 401 ? "unauthorized" : "service_error";
}

function quote({ message, fields }: HcloudError): string {
  const details = fields.map(({ name, messages }) => `${name}: ${messages.join(", ")}`);
  const text = clean([message, ...details].filter(Boolean).join("; "), MESSAGE).replace(/\.$/, "");
  return text === "" ? "" : `: ${JSON.stringify(text)}`;
}
