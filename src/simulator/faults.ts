/** The format of a fault file: which requests to the simulated API fail, and how. docs/faults.md explains each key. */

import { describeProblems } from "../problems.ts";
import { z } from "../schema.ts";
import { didYouMean } from "../text.ts";
import { findRoute } from "./api.ts";

const ms = z.number().int().min(0, "must be at least 0");
const status = z.number().int().min(200, "must be 200 to 599").max(599, "must be 200 to 599");
const headers = z
  .record(z.string().regex(/^[ -~]*$/, "must be one line of ASCII"))
  .refine(
    (all) => Object.keys(all).every((name) => /^[\w-]+$/.test(name)),
    "must have names of letters, digits and -",
  );

const ROUTE = {
  method: z.enum(["GET", "PUT", "POST", "DELETE"]).optional(),
  path: z.string().refine(isRoute, "is no route of the simulated API").optional(),
  skip: z.number().int().min(0, "must be at least 0").optional(),
};

const times = z.number().int().min(1, "must be at least 1").optional();

const applied = z.boolean().optional();

const fault = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.object({ fault: z.literal(name), ...ROUTE, times, ...shape }).strict();

const faultRule = z.discriminatedUnion("fault", [
  fault("status", {
    status,
    code: z.string().optional(),
    message: z.string().optional(),
    body: z.unknown(),
    headers: headers.optional(),
    applied,
  }),
  z.object({ fault: z.literal("connection_refused"), ...ROUTE, ms: ms.optional() }).strict(),
  fault("reset", { applied }),
  fault("reset_in_body", {}),
  fault("truncated_json", {}),
  fault("html", { status: status.optional(), applied }),
  fault("empty_body", { applied }),
  fault("wrong_type", { body: z.unknown(), applied }),
  fault("slow_headers", { ms }),
  fault("slow_body", { ms }),
  fault("no_answer", { applied }),
  fault("huge_body", { bytes: z.number().int().min(1).optional(), applied }),
  fault("redirect", { location: z.string(), status: status.optional(), applied }),
  fault("rate_limited", { headers: headers.optional() }),
  fault("quote_token", { part: z.enum(["whole", "half"]).optional(), status: status.optional() }),
]);

const faultFile = z.object({ faults: z.array(z.object({ fault: z.string() }).passthrough()) }).strict();

export type FaultRule = z.input<typeof faultRule>;

/** The names of all faults. */
export const FAULT_NAMES = [...faultRule.optionsMap.keys()].map(String);

/** Returns the rules of a fault file. Throws an Error whose message says in one line what is wrong, and where. */
export function parseFaults(text: string): FaultRule[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
  const file = faultFile.safeParse(json);
  if (!file.success) throw new Error(describeFirstProblem(file.error, ["faults"]));
  return file.data.faults.map((rule, i) => {
    const schema = faultRule.optionsMap.get(rule.fault);
    if (!schema)
      throw new Error(`faults[${i}]: unknown fault "${rule.fault}".${didYouMean(rule.fault, FAULT_NAMES)}`);
    const parsed = faultRule.safeParse(rule);
    if (parsed.success) return parsed.data;
    throw new Error(`faults[${i}]: ${describeFirstProblem(parsed.error, Object.keys(schema.shape))}`);
  });
}

/** Returns the first of the problems, in one line. */
function describeFirstProblem(error: z.ZodError, known: string[]): string {
  const [problem = ""] = describeProblems(error, known).split("\n");
  return problem.replace("unknown argument", "unknown key");
}

/** Whether the text is a path, or a route with the placeholders of the API reference. */
function isRoute(path: string): boolean {
  const route = findRoute(path);
  return route !== undefined && (!path.includes("{") || path === route);
}
