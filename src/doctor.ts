/** Finds what is wrong with Node, settings, connection, token and its rights; changes nothing. */

import { auditProblem } from "./call/audit.ts";
import { explain } from "./call/explain.ts";
import { type Config, ConfigError, type ConfirmMode } from "./config/options.ts";
import { type Client, createClient, type Limits } from "./hcloud/client.ts";
import { HcloudError } from "./hcloud/errors.ts";
import { createImagesApi } from "./hcloud/images.ts";
import { createRedactor } from "./hcloud/redact.ts";
import { openRules } from "./tools/operator-rules.ts";
import { isNodeTooOld, MIN_NODE, VERSION } from "./version.ts";
import { plural } from "./view/counts.ts";
import { describeRules } from "./view/rules-summary.ts";

/** The result of one check. A note is not a fault; a failure says what to do. */
type Verdict = "ok" | "note" | "FAIL";

interface Finding {
  verdict: Verdict;
  /** One line. */
  text: string;
}

const ok = (text: string): Finding => ({ verdict: "ok", text });
const note = (text: string): Finding => ({ verdict: "note", text });
const fail = (text: string): Finding => ({ verdict: "FAIL", text });

/** Time limit of one request, in ms: the doctor sends three, each once, and ends within seconds even without a response. */
const REQUEST_MS = 8_000;
const LIMITS: Partial<Limits> = { connectMs: 5_000, attemptMs: REQUEST_MS, retries: 0 };

/** The token that is sent when the user has set none: a refusal shows that the API responds. */
const NO_TOKEN = "no-token-is-set";

/**
 * The target of a change that the API refuses: as token_readonly for a token that may only read, otherwise as not_found.
 * The change is harmless: no image has this id (ids count up), a PUT creates and deletes nothing, and the body is empty.
 */
const MISSING_IMAGE_ID = Number.MAX_SAFE_INTEGER;

const WRONG_PATH =
  "This endpoint answers like the API, but has no images (not_found). Check HCLOUD_ENDPOINT; the endpoint of Hetzner Cloud ends in /v1.";
const READ_ONLY =
  "read only. Reading works; the API refuses every change (token_readonly). To change images, use a token with Read & Write.";

/** Yields one finding after another. `read` returns the settings or throws {@link ConfigError}. */
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
  const redact = createRedactor(config.token);
  for await (const { verdict, text } of checkConfig(config)) yield { verdict, text: redact(text) };
}

/** Checks the version of Node.js, such as `20.18.1`. */
export function checkNode(version: string): Finding {
  if (isNodeTooOld(version)) return fail(`Node.js: ${version} is too old. Install ${MIN_NODE} or newer.`);
  return ok(`Node.js: ${version}; hcloud-images-mcp ${VERSION}`);
}

async function* checkConfig(config: Config): AsyncGenerator<Finding> {
  const { token, endpoint, context, origin, warnings, readOnly, demo, confirm, auditFile, rulesFile } =
    config;
  yield ok(`options: ${readOnly ? "read-only, so only tools that read" : "all tools"} are offered`);
  for (const warning of warnings) yield note(`configuration: ${warning}`);
  if (!readOnly) yield ok(`confirmation: ${CONFIRMATION[confirm]}`);
  if (auditFile !== null) yield checkAuditFile(auditFile);
  if (rulesFile !== null) yield checkRules(rulesFile, config);
  if (demo) {
    yield note("demo: a simulated project; your token, endpoint and context are ignored");
    const { startSimulator } = await import("./simulator/http.ts");
    const simulator = await startSimulator();
    yield* checkApi(simulator.endpoint, simulator.token);
    return simulator.close();
  }
  if (context !== null) yield ok(`context: ${JSON.stringify(context)}`);
  yield ok(`endpoint: ${endpoint}, from ${origin.endpoint}`);
  yield token === null
    ? fail(`token: ${explain(new HcloudError("token_missing", ""))}`)
    : ok(`token: set, from ${origin.token}`);
  yield* checkApi(endpoint, token);
}

const CONFIRMATION: Record<ConfirmMode, string> = {
  auto: "auto. The user confirms in a form if the MCP client shows forms, otherwise by the code of a preview",
  form: "form. The user confirms in a form only; MCP clients without forms change nothing",
  code: "code. The user confirms by the code of a preview; no form is shown",
};

function checkAuditFile(path: string): Finding {
  const problem = auditProblem(path);
  return problem === null
    ? ok("audit: each change adds lines to the file set in HCLOUD_IMAGES_AUDIT_FILE")
    : fail(
        `audit: the file set in HCLOUD_IMAGES_AUDIT_FILE cannot be written (${problem}). Every change will be refused. Correct its permissions, its directory or the path.`,
      );
}

function checkRules(path: string, config: Config): Finding {
  const { rules, problem } = openRules(path, config).read();
  if (problem === undefined)
    return ok(`rules: ${describeRules(rules) ?? "none of the rules restricts anything"}`);
  return fail(
    `rules: the file set in HCLOUD_IMAGES_RULES cannot be used: ${problem}. Every change will be refused until the file is correct.`,
  );
}

async function* checkApi(endpoint: string, token: string | null): AsyncGenerator<Finding> {
  const userAgent = `hcloud-images-mcp/${VERSION}`;
  const client = createClient({ endpoint, token: token ?? NO_TOKEN, userAgent, limits: LIMITS });
  try {
    const snapshots = await attempt(() => countImages(client, "snapshot"));
    if (snapshots instanceof HcloudError && !isApiError(snapshots, ["unauthorized", "forbidden"])) {
      yield fail(`connection: ${isApiError(snapshots, ["not_found"]) ? WRONG_PATH : explain(snapshots)}`);
      return;
    }
    yield ok("connection: the API answers");
    if (token === null) return;
    if (snapshots instanceof HcloudError) {
      yield fail(`token: ${explain(snapshots)}`);
      return;
    }
    yield ok("token: the API accepts it");
    yield await checkRights(client);
    yield await checkImages(client, snapshots);
  } finally {
    await client.close();
  }
}

async function checkRights(client: Client): Promise<Finding> {
  const error = await attempt(() =>
    client.send("PUT", `/images/${MISSING_IMAGE_ID}`, {
      body: {},
      signal: NEVER_ABORTED,
      deadline: computeDeadline(client),
    }),
  );
  if (!(error instanceof HcloudError))
    return note("rights: unknown. The API accepted a change of an image that does not exist.");
  if (isApiError(error, ["not_found"])) return ok("rights: read & write");
  if (isApiError(error, ["token_readonly", "forbidden"])) return note(`rights: ${READ_ONLY}`);
  if (error.notFromApi || error.status === undefined) return fail(`connection: ${explain(error)}`);
  return note(`rights: unknown. ${explain(error)}`);
}

/** Returns how many images the project has. `snapshots` is the number of snapshots; null when the API does not say. */
async function checkImages(client: Client, snapshots: number | null): Promise<Finding> {
  const backups = await attempt(() => countImages(client, "backup"));
  const found = describeCount(snapshots, "snapshot");
  if (backups instanceof HcloudError)
    return fail(`images: ${found}; the backups could not be counted. ${explain(backups)}`);
  return ok(`images: ${found}, ${describeCount(backups, "backup")}`);
}

async function countImages(client: Client, type: "snapshot" | "backup"): Promise<number | null> {
  const api = createImagesApi(client, NEVER_ABORTED, computeDeadline(client));
  return (await api.listImages({ type: [type], per_page: 1 })).pagination.total_entries;
}

function describeCount(count: number | null, noun: string): string {
  return count === null ? `an unknown number of ${noun}s` : plural(count, noun);
}

const NEVER_ABORTED = new AbortController().signal;

const computeDeadline = ({ clock }: Client) => clock.now() + REQUEST_MS;

/** Returns the error of a request instead of throwing it. */
async function attempt<T>(request: () => Promise<T>): Promise<T | HcloudError> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof HcloudError) return error;
    throw error;
  }
}

/** Whether the error has one of these codes and comes from the API, not from a proxy. */
function isApiError({ code, notFromApi }: HcloudError, codes: string[]): boolean {
  return !notFromApi && codes.includes(code);
}
