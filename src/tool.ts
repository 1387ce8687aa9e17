/** The types of a tool: one literal, from which everything else (hints, schemas, gate, documentation) is derived. */

import type { ImagesApi } from "./hcloud/images.ts";
import type { OngoingDeletions } from "./hcloud/ongoing-deletions.ts";
import type { Image } from "./hcloud/types.ts";
import type { Rules } from "./housekeeping/rules.ts";
import type { z } from "./schema.ts";
import type { PageView } from "./view/page-data.ts";
import type { FormerDescription } from "./view/renames.ts";

/** The context of a call: all that a tool may use besides the API. */
export interface CallContext {
  /** The time at which the call must have its result, in ms of the API client's clock. */
  deadline: number;
  /** Sends progress, `done` of `total`, to an MCP client that asked for progress. */
  progress(done: number, total: number, message: string): void;
  codes: Codes;
  /**
   * The descriptions that calls of the session replaced: later previews, plans and forms state them. `note` returns how to forget one
   * when the call did not replace it.
   */
  renames: { note(id: number, before: string): () => void; formerDescription: FormerDescription };
  /** The servers of which the user was told that the confirmed call leaves them without an image. */
  emptied?: readonly EmptiedServer[] | undefined;
  /** The reason why no deletion can be confirmed here, in words that follow "nothing can be: "; null when one can. */
  cannotDelete: string | null;
  /** The operator's rules as they were when the call began. */
  rules: Rules;
  /** Returns the rules in words, or what is wrong with their file; null without rules. */
  describeRules(): string | null;
  /**
   * Counts the images that the call is about to delete, bin or unprotect. Throws {@link ToolError} when the operator's rules do
   * not allow so many in one call, or in all calls of a day.
   */
  admit(images: number): void;
  /** Records the images that the call is about to change when its arguments do not name them. Throws {@link ToolError}. */
  recordChosen(ids: readonly number[]): void;
  /** The deletions, and the moves to the bin by a plan, of all calls of this server. */
  ongoingDeletions: OngoingDeletions;
  /** How this call of a bulk tool was agreed to, which the code for what remains carries on. */
  consent?: Consent | undefined;
  /** The project in plans and previews: that it is simulated, or its context; undefined when neither is known. */
  project: string | undefined;
  /** The project in a form, which has less space. */
  projectInForm: string | undefined;
  /** Takes what a page shows beside the result and the model does not get; missing for an MCP client that shows no pages. */
  showPage?: ((view: PageView) => void) | undefined;
}

/** The confirmation codes that this server has issued. */
export interface Codes {
  /** Returns a code for what was shown; `words` say what the code does, and are cut to the length that a code may have. */
  issue(words: string, agreement: Agreement): IssuedCode;
  /** Returns what the user agrees to with a code, or a sentence that says why the code is refused. */
  find(code: string, tool: string): Agreement | string;
}

/** The call to which the user agrees with a code. */
export interface Agreement {
  tool: string;
  /** A digest of the arguments; undefined when any arguments may come with the code. */
  input?: string;
  /** The images as they were shown, and what else the tool stores with them. */
  shown: BulkTargets;
  consent?: Consent | undefined;
}

/**
 * Why a code needs no form although the MCP client shows forms. Either the user agreed in a form to all that the code stands for,
 * and has declined no form since (`noes` counts the forms declined until then); or nobody has answered a form yet.
 */
export type Consent = { noes: number } | "unanswered";

export interface IssuedCode {
  confirm: string;
  /** RFC 3339, UTC. */
  expires_at: string;
}

/** The loss by a confirmed call, shown to the user before anything is changed. */
export interface Loss {
  /** The words at the start of the code, such as `delete snapshot 4711`. */
  words: string;
  /** The preview for model and user: the whole target, what is lost, what cannot be undone. */
  shown: Shown;
  /** What a person would not expect. */
  warning?: Warning | undefined;
  /** The description of a single target, for a form. */
  about?: string | undefined;
  /** How many of several targets are of each server, for a form. */
  servers?: string | undefined;
  /** The servers that are left without a usable image, or of which it is not known. */
  emptied?: readonly EmptiedServer[] | undefined;
  /** Exactly what is lost, for a form: one line for each image or value. The form states how many lines it omits. */
  lines: readonly string[];
}

/** A sentence without its full stop, which begins in lower case; the summary has no untrusted text. */
export interface Warning {
  inSummary: string;
  inForm: string;
}

interface Preview extends Loss {
  /**
   * Reads details that need further requests; they replace members of `shown`, and add the warning and lines to the form. Called only
   * when the preview is shown, not by the call that confirms the preview.
   */
  details?(): Promise<Details>;
  /** The targets as they were read: the code is refused when one of them differs at the confirmed call. */
  images: readonly Image[];
}

interface Details extends Pick<Loss, "warning" | "emptied"> {
  shown: Partial<Shown>;
  lines?: readonly string[];
}

interface Shown {
  /** Completes "Would …", the first words of the result: some MCP clients show the user no more. */
  will: string;
  cannot_be_undone: string;
  [more: string]: unknown;
}

interface BaseTool<Input extends z.ZodTypeAny, Output extends z.ZodTypeAny> {
  name: string;
  title: string;
  /** The sentences on what the tool does, returns and never does, and on which tool to use instead. */
  description: string;
  input: Input;
  /** The argument that names a policy of the operator's rules; `tools/list` has it only when there are policies. */
  policyArgument?: string;
  /** Arguments for which "" is a value; for all others, "" means that the argument is omitted. */
  emptyTexts?: readonly string[];
  output: Output;
}

interface UngatedTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny> extends BaseTool<I, O> {
  effect: "read";
  /** Whether reads are retried until the call's deadline. A read of any other tool gives up after three attempts or 12 s. */
  patient?: true;
  /** Whether an MCP client that shows pages shows the result in a page. */
  page?: true;
  /** Returns data, never MCP content; throws typed errors. */
  run(input: z.output<I>, api: ImagesApi, call: CallContext): Promise<z.input<O>>;
}

/**
 * Changes images without losing anything, and needs no confirmation: another tool undoes the call. The member `previous` of its
 * data is only for the audit line.
 */
interface ReversibleTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny> extends BaseTool<I, O> {
  effect: "reversible";
  run(input: z.output<I>, api: ImagesApi, call: CallContext): Promise<z.input<O>>;
}

/** A change that the rules count, and can forbid before anybody is asked. */
type GatedChange = "delete" | "lift protection";

interface GatedTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny> extends BaseTool<I, O> {
  effect: "destructive";
  /** The change of every image of a preview, for the operator's rules; missing when the rules must see the new labels. */
  change?: GatedChange;
  /** Whether the call changes the image; without this function, it changes every image of a preview. */
  isChanged?(image: Image): boolean;
  /** The word of the option with which the user agrees in a form, such as `delete`. */
  verb: string;
  bulk?: undefined;
  /** Reads the targets and returns what would be lost; null when the call loses nothing and needs no confirmation. */
  preview(input: z.output<I>, api: ImagesApi, call: CallContext): Promise<Preview | null>;
  /**
   * Makes the change. `agreed` has the images as the user saw them; null when nothing was to be confirmed. The member `edited` of
   * its data is only for the audit line: the ids of the images that were written.
   */
  run(
    input: z.output<I>,
    api: ImagesApi,
    call: CallContext,
    agreed: readonly Image[] | null,
  ): Promise<z.input<O>>;
}

/** Destroys many images with one code. `Targets` is what the server stores with the code. */
interface BulkGatedTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny, Targets extends BulkTargets>
  extends BaseTool<I, O> {
  effect: "destructive";
  change?: GatedChange;
  isChanged?: undefined;
  verb: string;
  bulk: true;
  /** Reads the targets of a call that has no code. */
  readTargets(input: z.output<I>, api: ImagesApi, call: CallContext): Promise<Targets>;
  /** Returns what would be lost. */
  show(targets: Targets, api: ImagesApi): Promise<Loss>;
  /** Returns those targets of the code that this call selects. Throws {@link ToolError}, after which the code remains valid. */
  selectTargets(input: z.output<I>, agreed: Targets): Targets;
  /** Destroys the selected images that are still as they were shown. */
  runBulk(selected: Targets, api: ImagesApi, call: CallContext): Promise<z.input<O>>;
}

export interface BulkTargets {
  /** The images as they were shown. */
  images: readonly Image[];
  /** The number of images of which the server stores data; default the length of `images`. */
  size?: number;
  /** What the user was told of servers that are left without an image. */
  emptied?: readonly EmptiedServer[] | undefined;
}

/** A server that the deletion of these targets together leaves without a usable image, or of which it is not known. */
export interface EmptiedServer {
  /** As serverGroupKey of housekeeping/rules.ts. */
  key: string | null;
  ids: readonly number[];
}

/** A tool; one that can destroy something does not compile without a preview. */
export type Tool<I extends z.ZodTypeAny = z.ZodTypeAny, O extends z.ZodTypeAny = z.ZodTypeAny> =
  | UngatedTool<I, O>
  | ReversibleTool<I, O>
  | GatedTool<I, O>
  | BulkGatedTool<I, O, BulkTargets>;

/** Returns the tool; ties the types of its schemas to its functions. */
export function defineTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny>(tool: Tool<I, O>): Tool<I, O> {
  return tool;
}

/** Does the same as {@link defineTool} for a tool that acts on many images with one code. */
export function defineBulkTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny, T extends BulkTargets>(
  tool: BulkGatedTool<I, O, T>,
): Tool<I, O> {
  // The gate passes a tool only the targets of its own codes.
  return tool as unknown as Tool<I, O>;
}

/** Returns the hints that MCP clients show or act on. A repeated call changes nothing more: a code works once, writes are absolute. */
export function deriveAnnotations({ title, effect }: Tool) {
  return {
    title,
    readOnlyHint: effect === "read",
    destructiveHint: effect === "destructive",
    idempotentHint: true,
    openWorldHint: true,
  };
}
