/** Calls whose results are checked against the tool's output schema, and functions that read results and requests. */

import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { Ajv, type ValidateFunction } from "ajv";
import { expect } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept, RecordedRequest } from "../../src/simulator/http.ts";
import { type Refusal, refusalIn } from "./code-refusals.ts";
import { type Answer, type Harness, type HarnessOptions, startHarness } from "./harness.ts";

/** A token in the real format, of which no eight characters can occur in an id or a time by chance. */
export const TOKEN = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zAbCdEfGhIjKlMnOpQrStUvWxYzZ918273";

/** The random end of a confirmation code, anywhere in a text. */
export const CODE_IN_TEXT = /#[2-9a-km-np-z]{12}/;

/** Ids in the demo project, named by the property of their image. */
export const SNAPSHOT = 362118904;
export const UNLABELLED = 382090017;
export const PROTECTED = 371904418;
export const BACKUP = 399011806;
export const HOSTILE = 394118730;
export const CREATING = 400902275;
export const SYSTEM = 67794396;
export const APP = 164000101;
export const MISSING = 123;

const ajv = new Ajv({ strict: true });
const compiled = new Map<string, ValidateFunction>();

/** Returns a cached validator, because compiling takes ten times as long as starting everything else. */
function validatorOf(schema: object): ValidateFunction {
  const key = JSON.stringify(schema);
  const validate = compiled.get(key) ?? ajv.compile(schema);
  compiled.set(key, validate);
  return validate;
}

/** Starts a harness that checks every result. The tools are listed already; the cloud has no request. */
export async function start(options: HarnessOptions = {}): Promise<Harness> {
  const harness = await startHarness({ token: TOKEN, ...options });
  const { tools } = await harness.mcp.listTools();
  const validators = new Map(
    tools.map(({ name, outputSchema }) => [name, validatorOf(outputSchema ?? { not: {} })]),
  );
  return {
    ...harness,
    async call(name, args = {}, callOptions = {}) {
      const result = await harness.mcp.callTool({ name, arguments: args }, undefined, callOptions);
      const blocks = result.content as { type: string; text: string }[];
      expect(blocks.map(({ type }) => type)).toEqual(["text"]);
      const text = blocks[0]?.text ?? "";
      const isError = result.isError === true;
      if (isError) {
        expect(result.structuredContent).toBeUndefined();
      } else {
        expect(result.structuredContent).toEqual(JSON.parse(text));
        const validate = validators.get(name);
        expect(validate?.(result.structuredContent), JSON.stringify(validate?.errors)).toBe(true);
      }
      return {
        text,
        isError,
        get data() {
          if (isError) throw new Error(`the call failed: ${text}`);
          return result.structuredContent as Record<string, unknown>;
        },
      };
    },
  };
}

export interface Question {
  /** Why the gate refused a code; undefined if the call had none. */
  refused: string | undefined;
  preview: Record<string, unknown>;
  confirm: string;
  expires_at: string;
}

/** Returns the preview of a result, with what the call `will` do; fails if the result is no preview. */
export function question({ data }: Answer): Question {
  expect(data["status"]).toBe("confirmation_required");
  const [, will] = /^Would (.+)\. Nothing changed yet\.$/.exec(String(data["summary"])) ?? [];
  expect(will, String(data["summary"])).toBeDefined();
  return {
    refused: data["refused"] as string | undefined,
    preview: { ...(data["preview"] as object), will },
    confirm: String(data["confirm"]),
    expires_at: String(data["expires_at"]),
  };
}

/** Returns why a code was refused; fails if the result is not a fresh preview. */
export function refusal(answer: Answer): Refusal {
  const { refused = "" } = question(answer);
  expect(refused).toMatch(/\. This is a fresh preview\.$/);
  return refusalIn(refused);
}

/** Returns why the code of a failed call, or of its plan, was refused. */
export function codeRefusal(answer: Answer): Refusal {
  expect(failureCode(answer)).toBe("code_refused");
  return refusalIn(failure(answer).replace(/^plan: /, ""));
}

/** Returns the error sentence; fails if the call succeeded. */
export function failure({ text, isError }: Answer): string {
  expect(isError, text).toBe(true);
  return text;
}

/** Returns the error code of a failed call, ignoring quoted text; fails if the call succeeded. */
export function failureCode(answer: Answer): string {
  const told = failure(answer).replace(/"(?:[^"\\]|\\.)*"/g, "");
  const codes = Array.from(
    told.matchAll(/\(([a-z][a-z0-9_]*)(?:, correlation id [\w-]+)?\)/g),
    ([, code]) => code,
  );
  const code = codes.at(-1);
  if (code === undefined) throw new Error(`there is no code in: ${told}`);
  return code;
}

/** Fails unless the call failed with this code and its sentence contains these facts: arguments, ids, limits, tools. */
export function expectFailure(answer: Answer, code: string, ...facts: readonly (string | number)[]): void {
  expect(failureCode(answer), failure(answer)).toBe(code);
  for (const fact of facts) expect(failure(answer)).toContain(String(fact));
}

/** Fails unless the call was refused because of this argument; "" for several arguments together. */
export function expectMistake(
  answer: Answer,
  argument: string,
  ...facts: readonly (string | number)[]
): void {
  expectFailure(answer, "invalid_input", ...facts);
  const lines = failure(answer).split("\n");
  if (argument !== "") expect(lines.map((line) => line.split(": ")[0])).toContain(argument);
}

type Simulated = Pick<Harness, "simulator">;

/** Returns an image of the simulated project; throws if there is none. */
export function stored({ simulator }: Simulated, id: number): Image {
  const image = simulator.state.images.get(id);
  if (!image) throw new Error(`there is no image ${id}`);
  return image;
}

/** Changes an image directly in the cloud, as another API client does. */
export function alter(harness: Simulated, id: number, change: Partial<Image>): void {
  harness.simulator.state.images.set(id, { ...stored(harness, id), ...change });
}

/** Returns requests as lines such as `GET /images/1`. */
export function lines(requests: readonly RecordedRequest[]): string[] {
  return requests.map(({ method, path }) => `${method} ${path}`);
}

/** Returns the changes that reached the cloud, with parsed bodies. */
export function changes({ simulator }: Harness): [line: string, body: unknown][] {
  return simulator
    .writes()
    .map(({ method, path, body }) => [`${method} ${path}`, body === "" ? undefined : JSON.parse(body)]);
}

/** Fails unless the image equals `before` and no change reached the cloud. */
export function expectUntouched(harness: Harness, before: Image): void {
  expect(harness.simulator.writes()).toEqual([]);
  expect(harness.simulator.state.images.get(before.id)).toEqual(before);
}

export interface Fault {
  status: number;
  /** A string is sent verbatim, anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** Responds with a fault to requests of this method below this path. */
export function answering(method: string, below: string, { status, body, headers = {} }: Fault): Intercept {
  return (request, response) => {
    if (request.method !== method || !request.path.startsWith(below)) return;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(text);
    return "handled";
  };
}

/** Records the correlation id of the last applied write by image id; `then` can replace the response. */
export function recordCorrelationIds({ simulator }: Harness, then?: Intercept): Record<string, string> {
  const names: Record<string, string> = {};
  simulator.intercept = (request, response, apply) => {
    const named = () => {
      const reply = apply();
      if (request.method !== "GET")
        names[request.path.split("/")[2] ?? ""] = String(reply.headers["X-Correlation-Id"]);
      return reply;
    };
    if (then?.(request, response, named) === "handled") return "handled";
    return void named();
  };
  return names;
}

/** Returns an error in the API's format. */
export function apiError(status: number, code: string, message = "", details: unknown = null): Fault {
  return {
    status,
    body: { error: { code, message, details } },
    headers: { "X-Correlation-Id": "c0ffee1234567890" },
  };
}

/** Returns the rows of a table as objects. */
export function rows({ data }: Answer): Record<string, unknown>[] {
  const columns = data["columns"] as string[];
  return (data["rows"] as unknown[][]).map((row) =>
    Object.fromEntries(columns.map((column, i) => [column, row[i]])),
  );
}

/** Fails unless the text is one to three plain sentences that contain the error code. */
export function expectPlain(told: string, code: string): void {
  expect(told).toMatch(new RegExp(`\\((?:${code})(?:, correlation id [\\w-]+)?\\)`));
  expect(told).not.toMatch(/\n|\bat \w+ \(|undefined|null|\[object|Error:|<\w+>|Bearer|undici|node:/);
  const unquoted = told.replace(/"(?:[^"\\]|\\.)*"/g, "");
  const sentences = unquoted.split(/[.?!](?=\s|$)/).filter((part) => part.trim() !== "");
  expect(sentences.length, told).toBeLessThanOrEqual(3);
  expect(told.length).toBeLessThanOrEqual(600);
  expect(told).toMatch(/\.(?: \(\w+\))?$/);
}

/** Records every message that the server sends to the client from now on. */
export function recordMessages({ mcp }: Harness): JSONRPCMessage[] {
  const heard: JSONRPCMessage[] = [];
  const { transport } = mcp;
  if (!transport) throw new Error("the client is not connected");
  const receive = transport.onmessage;
  transport.onmessage = (message, extra) => {
    heard.push(message);
    receive?.(message, extra);
  };
  return heard;
}
