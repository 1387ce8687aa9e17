/** What is wrong, if anything: Node, settings, connection, token and its rights, looked at without changing anything. */

import { auditProblem } from "./call/audit.ts";
import { explain } from "./call/explain.ts";
import { type Config, ConfigError } from "./config/options.ts";
import { type Client, createClient } from "./hcloud/client.ts";
import { HcloudError } from "./hcloud/errors.ts";
import { createImagesApi } from "./hcloud/images.ts";
import { redactor } from "./hcloud/redact.ts";
import { isNodeTooOld, MIN_NODE, VERSION } from "./version.ts";

/** A note is worth knowing and no fault; with a failure the sentence says what to do. */
type Verdict = "ok" | "note" | "FAIL";

interface Finding {
  verdict: Verdict;
  /** One line. */
  text: string;
}

const ok = (text: string): Finding => ({ verdict: "ok", text });
const note = (text: string): Finding => ({ verdict: "note", text });
const fail = (text: string): Finding => ({ verdict: "FAIL", text });

/** Milliseconds; there are two requests, each sent once, and then there is an answer even where nobody answers. */
const REQUEST_MS = 8_000;
const LIMITS = { connect: 5_000, attempt: REQUEST_MS, retries: 0 };

/** Sent where none is set, only to learn whether the API is there: it refuses it. */
const NO_TOKEN = "no-token-is-set";

/**
 * The target of a change that is refused for either reason: to a token that may only read because of that, to any other
 * because there is no such image. It can change nothing: ids are counted up and far below this one, the largest there
 * can be; a PUT makes and deletes nothing; and its body has no member, so that it would leave even an image as it is.
 */
const NO_IMAGE = Number.MAX_SAFE_INTEGER;

const WRONG_PATH =
  "Something answers like the API, and has no images at this endpoint (not_found). Check HCLOUD_ENDPOINT; that of Hetzner Cloud ends in /v1.";
const READ_ONLY =
  "read only. Looking works, and every change will be refused (token_readonly). To change images, use a token with Read & Write.";

/** Looks at one thing after the other; `read` gets the settings and may throw {@link ConfigError}. */
export async function* diagnose(read: () => Config): AsyncGenerator<Finding> {
  yield checkNode(process.versions.node);
  let config: Config;
  try {
    config = read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    yield fail(`configuration: ${error.message}`);
    return;
  }
  const redact = redactor(config.token);
  for await (const { verdict, text } of ofConfig(config)) yield { verdict, text: redact(text) };
}

export function checkNode(version: string): Finding {
  if (isNodeTooOld(version)) return fail(`Node.js: ${version} is too old. Install ${MIN_NODE} or newer.`);
  return ok(`Node.js: ${version}; hcloud-images-mcp ${VERSION}`);
}

async function* ofConfig(config: Config): AsyncGenerator<Finding> {
  const { token, endpoint, context, origin, warnings, readOnly, demo, auditFile } = config;
  yield ok(`options: ${readOnly ? "read-only, so only tools that read" : "all tools"} are offered`);
  if (auditFile !== null) yield ofAudit(auditFile);
  if (demo) {
    yield note("demo: a simulated project; token, endpoint and context of your own do not count");
    const { startSimulator } = await import("./simulator/http.ts");
    const simulator = await startSimulator();
    yield* ofApi(simulator.endpoint, simulator.token);
    return simulator.close();
  }
  if (context !== null) yield ok(`context: ${JSON.stringify(context)}`);
  for (const warning of warnings) yield note(`context: ${warning}`);
  yield ok(`endpoint: ${endpoint}, from ${origin.endpoint}`);
  yield token === null
    ? fail(`token: ${explain(new HcloudError("token_missing", ""))}`)
    : ok(`token: set, from ${origin.token}`);
  yield* ofApi(endpoint, token);
}

function ofAudit(path: string): Finding {
  const problem = auditProblem(path);
  return problem === null
    ? ok("audit: changes are written down in the file of HCLOUD_IMAGES_AUDIT_FILE")
    : fail(
        `audit: the file of HCLOUD_IMAGES_AUDIT_FILE cannot be written (${problem}), so every change will be refused. Mend its rights, its folder or the path.`,
      );
}

async function* ofApi(endpoint: string, token: string | null): AsyncGenerator<Finding> {
  const userAgent = `hcloud-images-mcp/${VERSION}`;
  const client = createClient({ endpoint, token: token ?? NO_TOKEN, userAgent, limits: LIMITS });
  try {
    const error = await failureOf(() =>
      createImagesApi(client, NEVER, deadlineOf(client)).listImages({ type: ["snapshot"], per_page: 1 }),
    );
    const isOfToken = error !== null && isRefusal(error, ["unauthorized", "forbidden"]);
    if (error && !isOfToken) {
      yield fail(`connection: ${isRefusal(error, ["not_found"]) ? WRONG_PATH : explain(error)}`);
      return;
    }
    yield ok("connection: the API answers");
    if (token === null) return;
    yield error ? fail(`token: ${explain(error)}`) : ok("token: the API accepts it");
    if (!error) yield await ofRights(client);
  } finally {
    await client.close();
  }
}

async function ofRights(client: Client): Promise<Finding> {
  const error = await failureOf(() =>
    client.send("PUT", `/images/${NO_IMAGE}`, { body: {}, signal: NEVER, deadline: deadlineOf(client) }),
  );
  if (!error) return note("rights: not known. The API accepted what it should refuse.");
  if (isRefusal(error, ["not_found"])) return ok("rights: read & write");
  if (isRefusal(error, ["token_readonly", "forbidden"])) return note(`rights: ${READ_ONLY}`);
  if (error.notFromApi || error.status === undefined) return fail(`connection: ${explain(error)}`);
  return note(`rights: not known. ${explain(error)}`);
}

const NEVER = new AbortController().signal;

const deadlineOf = ({ clock }: Client) => clock.now() + REQUEST_MS;

/** Null when the request succeeds. */
async function failureOf(request: () => Promise<unknown>): Promise<HcloudError | null> {
  try {
    await request();
    return null;
  } catch (error) {
    if (error instanceof HcloudError) return error;
    throw error;
  }
}

/** Whether the API itself said so, and not something in front of it. */
function isRefusal({ code, notFromApi }: HcloudError, codes: string[]): boolean {
  return !notFromApi && codes.includes(code);
}
