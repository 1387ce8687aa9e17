/** What a tool is: one literal, from which everything else (hints, schemas, gate, documentation) is derived. */

import type { Covered, Plan, Plans } from "./call/plans.ts";
import type { ImagesApi } from "./hcloud/images.ts";
import type { z } from "./schema.ts";

/** What a call of a tool may use besides the API. */
export interface Call {
  /** When the call has to be answered, in the milliseconds of `hcloud.clock`. */
  deadline: number;
  /** Tells a client that asked for it how far the call is; `done` of `total`. */
  progress(done: number, total: number, message: string): void;
  /** What codes for many images stand for. */
  plans: Plans;
  /** Said with plans and previews: that the project is a simulated one, or of which context it is. */
  project: string | undefined;
  /** Only tools that change nothing are offered. */
  readOnly: boolean;
  /** The state of the preview that was confirmed; undefined when nothing had to be. */
  shown?: unknown;
}

/** What a confirmed call would do, shown to a person before it is done. */
interface Preview {
  /** What the model and its user read: the target in full, what is lost, what cannot be undone. */
  shown: { will: string; cannot_be_undone: string; [more: string]: unknown };
  /** What the code is bound to: when this differs at the confirmed call, the code is refused. */
  state: unknown;
}

interface Base<Input extends z.ZodTypeAny, Output extends z.ZodTypeAny> {
  name: string;
  title: string;
  /** What it does, what it returns, what it does not do, and which sibling to use instead. */
  description: string;
  input: Input;
  output: Output;
  /** Does it. Returns data, never MCP content; throws typed errors and never catches. */
  run(input: z.output<Input>, hcloud: ImagesApi, call: Call): Promise<z.input<Output>>;
}

interface UngatedTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny> extends Base<I, O> {
  effect: "read" | "write";
}

interface GatedTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny> extends Base<I, O> {
  effect: "destructive";
  many?: undefined;
  /** Reads the target and says what would be lost; null when this call loses nothing and needs no confirmation. */
  preview(input: z.output<I>, hcloud: ImagesApi): Promise<Preview | null>;
}

/** Destroys many things with one code, which the server keeps together with what each of them looked like. */
interface BulkGatedTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny> extends Omit<Base<I, O>, "run"> {
  effect: "destructive";
  many: true;
  /** Reads the targets and says what would be lost of each. */
  preview(
    input: z.output<I>,
    hcloud: ImagesApi,
  ): Promise<{ shown: object; covered: Covered; stays: ReadonlySet<number> }>;
  /** Which of the images that the code covers this call is for. Throws {@link ToolError}, which leaves the code good. */
  choose(input: z.output<I>, plan: Plan): Covered;
  /** Destroys what was chosen, as far as it still looks as it was shown. */
  runChosen(chosen: Covered, plan: Plan, hcloud: ImagesApi, call: Call): Promise<z.input<O>>;
}

/** A tool that can destroy something does not compile without a preview. */
export type Tool<I extends z.ZodTypeAny = z.ZodTypeAny, O extends z.ZodTypeAny = z.ZodTypeAny> =
  | UngatedTool<I, O>
  | GatedTool<I, O>
  | BulkGatedTool<I, O>;

/** Identity; it ties the types of one tool's schemas to its functions. */
export function defineTool<I extends z.ZodTypeAny, O extends z.ZodTypeAny>(tool: Tool<I, O>): Tool<I, O> {
  return tool;
}

/** The hints a host shows or acts on. A repeated call changes nothing more: codes are used once, writes are absolute. */
export function annotations({ title, effect }: Tool) {
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
