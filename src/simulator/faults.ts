/** What a fault file says: which requests to the simulated API go wrong, and how. */

import { describeProblems } from "../problems.ts";
import { z } from "../schema.ts";
import { didYouMean } from "../text.ts";
import { routeOf } from "./api.ts";

const ms = z.number().int().min(0, "must be at least 0");
const status = z.number().int().min(200, "must be 200 to 599").max(599, "must be 200 to 599");
const headers = z
  .record(z.string().regex(/^[ -~]*$/, "must be one line of ASCII"))
  .refine(
    (all) => Object.keys(all).every((name) => /^[\w-]+$/.test(name)),
    "must have names of letters, digits and -",
  );

const ROUTE = {
  /** Any when left out. */
  method: z.enum(["GET", "PUT", "POST", "DELETE"]).optional(),
  /** A route as the API's reference writes it (`/images/{id}`), or one path (`/images/42`); any when left out. */
  path: z.string().refine(isRoute, "is no route of the simulated API").optional(),
  /** So many requests that fit are let through first. */
  skip: z.number().int().min(0, "must be at least 0").optional(),
};

/** So many are hit after those; all when left out. */
const times = z.number().int().min(1, "must be at least 1").optional();

/** Whether the request takes effect all the same; no when left out. What spoils the right answer has let it take effect. */
const applied = z.boolean().optional();

const fault = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.object({ fault: z.literal(name), ...ROUTE, times, ...shape }).strict();

const faultRule = z.discriminatedUnion("fault", [
  /** An error of the API, or any other answer when `body` is given. */
  fault("status", {
    status,
    code: z.string().optional(),
    message: z.string().optional(),
    body: z.unknown(),
    headers: headers.optional(),
    applied,
  }),
  /** Nobody listens any more once `skip` requests were answered; for `ms` milliseconds, or for good. */
  z.object({ fault: z.literal("connection_refused"), ...ROUTE, ms: ms.optional() }).strict(),
  /** The connection is reset instead of an answer: before the request has arrived, or once it is `applied`. */
  fault("reset", { applied }),
  /** The connection is reset in the middle of the right answer. */
  fault("reset_in_body", {}),
  /** Half of the right answer, as if it were the whole. */
  fault("truncated_json", {}),
  /** A gateway's page; its status is 502 when left out. */
  fault("html", { status: status.optional(), applied }),
  fault("empty_body", { applied }),
  /** JSON, but not of the documented form. */
  fault("wrong_type", { body: z.unknown(), applied }),
  /** The right answer, so many milliseconds late. */
  fault("slow_headers", { ms }),
  /** The right answer byte by byte, with so many milliseconds between two. */
  fault("slow_body", { ms }),
  fault("no_answer", { applied }),
  /** 20 MB when left out. */
  fault("huge_body", { bytes: z.number().int().min(1).optional(), applied }),
  fault("redirect", { location: z.string(), status: status.optional(), applied }),
  /** 429 with just these headers. */
  fault("rate_limited", { headers: headers.optional() }),
  /** A refusal whose message holds the token it was sent, or half of it. */
  fault("quote_token", { part: z.enum(["whole", "half"]).optional(), status: status.optional() }),
]);

const faultFile = z.object({ faults: z.array(z.object({ fault: z.string() }).passthrough()) }).strict();

export type FaultRule = z.input<typeof faultRule>;

/** The names of all faults. */
export const FAULTS = [...faultRule.optionsMap.keys()].map(String);

/** The rules of a fault file. Throws an Error of one line that says what is wrong, and where. */
export function parseFaults(text: string): FaultRule[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
  const file = faultFile.safeParse(json);
  if (!file.success) throw new Error(problemOf(file.error, ["faults"]));
  return file.data.faults.map((rule, i) => {
    const schema = faultRule.optionsMap.get(rule.fault);
    if (!schema)
      throw new Error(`faults[${i}]: unknown fault "${rule.fault}".${didYouMean(rule.fault, FAULTS)}`);
    const parsed = faultRule.safeParse(rule);
    if (parsed.success) return parsed.data;
    throw new Error(`faults[${i}]: ${problemOf(parsed.error, Object.keys(schema.shape))}`);
  });
}

/** The first of the problems, in one line. */
function problemOf(error: z.ZodError, known: string[]): string {
  const [problem = ""] = describeProblems(error, known).split("\n");
  return problem.replace("unknown argument", "unknown key");
}

/** A path, or a route with its places for ids named as the API's reference names them. */
function isRoute(path: string): boolean {
  const route = routeOf(path);
  return route !== undefined && (!path.includes("{") || path === route);
}
