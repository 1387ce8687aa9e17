/** What a tool is: one literal, from which everything else (hints, schemas, gate, documentation) is derived. */

import type { ImageChange } from "./hcloud/image-change.ts";
import type { ImagesApi } from "./hcloud/images.ts";
import type { Image } from "./hcloud/types.ts";
import type { Rules } from "./housekeeping/rules.ts";
import type { z } from "./schema.ts";
import type { PageView } from "./view/page-data.ts";

/** What a call of a tool may use besides the API. */
export interface CallContext {
  /** When the call has to be answered, in the milliseconds of the API client's clock. */
  deadline: number;
  /** Tells a client that asked for it how far the call is; `done` of `total`. */
  progress(done: number, total: number, message: string): void;
  codes: Codes;
  /** Told of each description that a call replaces: later previews and forms state the first one. */
  renames: { note(id: number, before: string): void };
  /** Why no deletion can be confirmed here, in words that follow "nothing can be: "; null when it can. */
  cannotDelete: string | null;
  /** The operator's rules when the call began. */
  rules: Rules;
  /** The same in words, or what is wrong with their file; null when there are none. */
  describeRules(): string | null;
  /**
   * Counts the images that the call is about to delete, bin or unprotect. Throws {@link ToolError} when the operator's rules let
   * no call, or not all calls of a day, change so many.
   */
  admit(images: number): void;
  /** By id, how many calls of this server are deleting an image. */
  leaving: Map<number, number>;
  /** How this call of a bulk tool was agreed to, which the code for what remains carries on. */
  consent?: Consent | undefined;
  /** Told with plans and previews: that the project is simulated, or of which context it is; undefined when neither is known. */
  project: string | undefined;
  /** The same in a form, which has less space. */
  projectInForm: string | undefined;
  /** Takes what a page shows beside the result, which the model does not get; missing for a client that shows no pages. */
  showPage?: ((view: PageView) => void) | undefined;
}

/** The confirmation codes that this server has issued. */
export interface Codes {
  /** A code for what was shown; `words` say what it does, and are cut to what a code may hold. */
  issue(words: string, agreement: Agreement): IssuedCode;
  /** What a code stands for, or in a sentence why it is refused. */
  find(code: string, tool: string): Agreement | string;
}

/** What a person agrees to with a code. */
export interface Agreement {
  tool: string;
  /** A digest of the arguments; undefined when any arguments may come with the code. */
  input?: string;
  /** The images as they were shown, and what else the tool keeps with them. */
  shown: BulkTargets;
  consent?: Consent | undefined;
}

/**
 * Why a code needs no form where the client shows forms: a person agreed by one to all that the code stands for, and has said no
 * to as many forms as then; or nobody has answered a form yet.
 */
export type Consent = { noes: number } | "unanswered";

export interface IssuedCode {
  confirm: string;
  /** RFC 3339, UTC. */
  expires_at: string;
}

/** What a confirmed call would do, shown to a person before it is done. */
export interface Loss {
  /** What the code says of itself, such as `delete snapshot 4711`. */
  words: string;
  /** What the model and its user read: the target in full, what is lost, what cannot be undone. */
  shown: Shown;
  /** For a form: what the target is, when there is one. */
  about?: string | undefined;
  /** For a form: exactly what is lost, a line for each image or value. A form tells how many of them it leaves out. */
  lines: readonly string[];
}

interface Preview extends Loss {
  /**
   * What takes further requests to know, which may replace members of `shown` and adds lines to the form; read only when the
   * preview is shown, not by the call that confirms it.
   */
  details?(): Promise<{ shown: Partial<Shown>; lines?: readonly string[] }>;
  /** The targets as they were read: when one of them differs at the confirmed call, the code is refused. */
  images: readonly Image[];
}

interface Shown {
  /** Completes "Would …": the first words of the result, of which some MCP clients show a person no more. */
  will: string;
  cannot_be_undone: string;
  [more: string]: unknown;
}

interface BaseTool<Input extends z.ZodTypeAny, Output extends z.ZodTypeAny> {
  name: string;
  title: string;
  /** What it does, what it returns, what it never does, and which tool to use instead. */
  description: string;
  input: Input;
  /** An argument that names a policy of the operator's rules, which is listed only when there are any. */
  policyArgument?: string;
  /** Arguments of which "" is a value; of all others, it means that they are not given. */
  emptyTexts?: readonly string[];
  output: Output;
}

interface UngatedTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny> extends BaseTool<I, O> {
  effect: "read";
  /** Its reads are retried until the call's deadline. A read of any other tool gives up after three attempts or 12 s. */
  patient?: true;
  /** A client that shows pages shows the result in one. */
  page?: true;
  /** Returns data, never MCP content; throws typed errors. */
  run(input: z.output<I>, api: ImagesApi, call: CallContext): Promise<z.input<O>>;
}

/**
 * Changes images so that nothing is lost, and is not confirmed. `previous` of what it returns is for the audit line alone: another
 * tool undoes the call.
 */
interface ReversibleTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny> extends BaseTool<I, O> {
  effect: "reversible";
  run(input: z.output<I>, api: ImagesApi, call: CallContext): Promise<z.input<O>>;
}

interface GatedTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny> extends BaseTool<I, O> {
  effect: "destructive";
  /** What it does to every image of a preview, as the operator's rules see it; missing when they have to see the new labels. */
  change?: Exclude<ImageChange["kind"], "update">;
  /** What the option of a form says that agrees, such as `delete`. */
  verb: string;
  bulk?: undefined;
  /** Reads the targets and says what would be lost; null when this call loses nothing and needs no confirmation. */
  preview(input: z.output<I>, api: ImagesApi, call: CallContext): Promise<Preview | null>;
  /** `agreed` are the images as a person saw them; null when nothing had to be confirmed. */
  run(
    input: z.output<I>,
    api: ImagesApi,
    call: CallContext,
    agreed: readonly Image[] | null,
  ): Promise<z.input<O>>;
}

/** Destroys many images with one code; `Targets` is what the server keeps with it of what was shown. */
interface BulkGatedTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny, Targets extends BulkTargets>
  extends BaseTool<I, O> {
  effect: "destructive";
  change?: Exclude<ImageChange["kind"], "update">;
  verb: string;
  bulk: true;
  /** Reads the targets of a call that has no code. */
  readTargets(input: z.output<I>, api: ImagesApi, call: CallContext): Promise<Targets>;
  /** Says what would be lost of each. */
  show(targets: Targets, api: ImagesApi): Promise<Loss>;
  /** Which of the images that the code stands for this call is about. Throws {@link ToolError}, which leaves the code valid. */
  selectTargets(input: z.output<I>, agreed: Targets): Targets;
  /** Destroys what was selected, as far as it still is what was shown. */
  runBulk(selected: Targets, api: ImagesApi, call: CallContext): Promise<z.input<O>>;
}

export interface BulkTargets {
  /** As they were shown. */
  images: readonly Image[];
  /** Images that the server keeps anything of; default the number of `images`. */
  size?: number;
}

/** A tool that can destroy something does not compile without a preview. */
export type Tool<I extends z.ZodTypeAny = z.ZodTypeAny, O extends z.ZodTypeAny = z.ZodTypeAny> =
  | UngatedTool<I, O>
  | ReversibleTool<I, O>
  | GatedTool<I, O>
  | BulkGatedTool<I, O, BulkTargets>;

/** Identity; it ties the types of one tool's schemas to its functions. */
export function defineTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny>(tool: Tool<I, O>): Tool<I, O> {
  return tool;
}

/** As {@link defineTool}, for a tool that acts on many images with one code. */
export function defineBulkTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny, T extends BulkTargets>(
  tool: BulkGatedTool<I, O, T>,
): Tool<I, O> {
  // The gate hands a tool only the targets of its own codes.
  return tool as unknown as Tool<I, O>;
}

/** The hints that MCP clients show or act on. A repeated call changes nothing more: codes work once, writes are absolute. */
export function deriveAnnotations({ title, effect }: Tool) {
  return {
    title,
    readOnlyHint: effect === "read",
    destructiveHint: effect === "destructive",
    idempotentHint: true,
    openWorldHint: true,
  };
}

/** A call that is refused before anything is done; the message says why and what to do next. */
export class ToolError extends Error {
  /** In the style of the API's codes. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "ToolError";
    this.code = code;
  }
}

/** The code of what the operator's rules forbid. */
export const FORBIDDEN_BY_RULE = "forbidden_by_rule";

/** A refusal of one image by the operator's rules, which no call can get around. */
export class RuleError extends ToolError {
  /** A fragment of a sentence, for a list of images. */
  readonly why: string;

  constructor(why: string, message: string) {
    super(FORBIDDEN_BY_RULE, message);
    this.name = "RuleError";
    this.why = why;
  }
}
