/** The state that all requests of a server share, and what one request gets: the API until a deadline, and progress. */

import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { Notification, Request } from "@modelcontextprotocol/sdk/types.js";
import type { Audit } from "../call/audit.ts";
import { ConfirmationCodes } from "../call/confirmation-codes.ts";
import { explainRetry } from "../call/explain.ts";
import { Person } from "../call/person.ts";
import { Renames } from "../call/renames.ts";
import { createForbid, describeRulesState, NO_RULES_FILE, type OperatorRules } from "../call/rules.ts";
import type { Client } from "../hcloud/client.ts";
import { HcloudError } from "../hcloud/errors.ts";
import { createImagesApi, type ImagesApi } from "../hcloud/images.ts";
import { OngoingDeletions } from "../hcloud/ongoing-deletions.ts";
import { QUICK } from "../hcloud/retry.ts";
import { clean, MAX_QUOTED_CHARS } from "../text.ts";
import type { CallContext, Codes } from "../tool.ts";
import { ToolError } from "../tool-error.ts";
import { describeProject, type GreetingOptions } from "./greeting.ts";
import type { RequestClient } from "./request-client.ts";
import { withoutToken } from "./results.ts";

/** Time limit of a call, in ms: an MCP client with the SDK's default waits 60 s. */
const CALL_MS = 45_000;

const MAX_STACK_LINE_CHARS = 500;

export interface ServerOptions extends GreetingOptions {
  client: Client;
  /** Gets one event for each step of a call that changes something, without the token. */
  audit: Audit;
  /** Gets the stack trace of an internal error, without the token. */
  onInternalError?(text: string): void;
  /** Rules that no call overrides. Default none. */
  operator?: OperatorRules;
  /** The time limit of a call, in ms. Default {@link CALL_MS}. */
  callMs?: number;
}

export type Session = ReturnType<typeof openSession>;

/** Returns the state that all requests share. */
export function openSession(options: ServerOptions) {
  const { client, context, confirm = "auto", operator = NO_RULES_FILE, callMs = CALL_MS } = options;
  const codes = new ConfirmationCodes(client.clock, client.redact, () => operator.read().digest);
  const person = new Person({ mode: confirm, codes, now: client.clock.now });
  const renames = new Renames();
  const audit: Audit = (event) => {
    const { digest } = operator.read();
    const about = { ...(context && { context }), ...(digest && { rules: digest }) };
    const [line] = withoutToken({ ...about, ...event }, client.redact);
    return options.audit(line);
  };
  const ongoingDeletions = new OngoingDeletions();
  const shared = { operator, callMs, audit, codes, person, renames, ongoingDeletions };
  return { ...options, ...describeProject(options), ...shared };
}

type SdkExtra = RequestHandlerExtra<Request, Notification>;

/** The part of the SDK's `extra` that handlers use, and what the server knows of the request's client. */
export interface Extra
  extends Pick<SdkExtra, "requestId" | "sendNotification" | "sendRequest" | "signal">,
    Partial<RequestClient> {
  _meta?: SdkExtra["_meta"] | undefined;
  /** The data of a repeated request in version 2026-07-28; missing in versions in which a client does not repeat requests. */
  retry?: { inputResponses: unknown; requestState: unknown };
}

/** The API and the call context of one request. */
interface OpenRequest {
  /** Starts the time limit of the request. */
  start(): { api: ImagesApi; call: CallContext };
  /** Sends progress during a wait. */
  reportWait(message: string): void;
}

interface RequestOptions {
  /** Whether reads are retried until the deadline, instead of giving up early. */
  isPatient?: boolean;
  /** The reason of {@link CallContext}. */
  cannotDelete?: string | null;
  showPage?: CallContext["showPage"];
}

/** Returns what one request needs; its time limit begins with `start`. */
export function openRequest(
  session: Session,
  extra: Extra,
  { isPatient = false, cannotDelete = null, showPage }: RequestOptions = {},
): OpenRequest {
  const { client, codes, renames, operator, ongoingDeletions, project, projectInForm, callMs } = session;
  const { progress, reportWait } = createProgress(extra, client.redact);
  return {
    reportWait,
    start() {
      const deadline = client.clock.now() + callMs;
      const state = operator.read();
      const api = createImagesApi(client, extra.signal, deadline, {
        forbid: createForbid(operator, state, client),
        onRetry: (error, wait) => reportWait(explainRetry(error, wait)),
        ...(!isPatient && { patience: QUICK }),
      });
      // A code is bound to the rules that applied when its call began.
      const callCodes: Codes = {
        issue: (words, agreement) => codes.issue(words, agreement, state.digest),
        find: (code, tool) => codes.find(code, tool),
      };
      return {
        api,
        call: {
          codes: callCodes,
          renames,
          ongoingDeletions,
          project,
          projectInForm,
          cannotDelete,
          showPage,
          deadline,
          progress,
          rules: state.rules,
          describeRules: () => describeRulesState(state),
          admit: () => undefined,
          recordChosen: () => undefined,
        },
      };
    },
  };
}

/** Returns functions that send progress to an MCP client that asked for progress. */
function createProgress(extra: Extra, redact: Client["redact"]) {
  const progressToken = extra._meta?.progressToken;
  let last = -1;
  let known = 0;
  const report = (progress: number, total: number, message: string) => {
    // MCP requires each value to be greater than the last.
    if (progressToken === undefined || progress <= last) return;
    last = progress;
    known = total;
    const text = redact(clean(message, MAX_QUOTED_CHARS));
    const params = { progressToken, progress, message: text, ...(progress <= total && { total }) };
    // Sending fails when the client has gone, and then nobody waits for progress.
    extra.sendNotification({ method: "notifications/progress", params }).catch(() => undefined);
  };
  return {
    progress: report,
    // Counts are whole numbers: the next count is greater than the last one plus some thousandths.
    reportWait: (message: string) => report(Math.max(last, 0) + 0.001, known, message),
  };
}

/** Reports an internal error: an exception that no table knows. Its message may repeat the token or untrusted text. */
export function reportIfInternal(error: unknown, where: string, session: Session): void {
  if (error instanceof ToolError || error instanceof HcloudError) return;
  const { client, version, onInternalError } = session;
  const stack = client.redact(error instanceof Error && error.stack ? error.stack : String(error));
  const lines = stack.split("\n").map((line) => clean(line, MAX_STACK_LINE_CHARS));
  // `clean` may have removed characters between two pieces of the token, so the text is redacted again.
  const text = client.redact(lines.join("\n"));
  onInternalError?.(`hcloud-images-mcp ${version}: internal error in ${where}\n${text}`);
}
