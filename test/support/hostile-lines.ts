/** Random lines as a broken or hostile MCP client could send them. */

import fc from "fast-check";
import { INITIALIZE } from "./spawned.ts";

type Message = Record<string, unknown>;

/** Ids that no request has, so that cancelling them has no effect. */
const STRANGE_IDS = ["", "nobody", "__proto__", "constructor", "\u0000", "é".repeat(300)];

const request = (method: string, params?: unknown): Message => ({
  jsonrpc: "2.0",
  id: "a",
  method,
  ...(params !== undefined && { params }),
});

const notification = (method: string, params?: unknown): Message => {
  const { id: _, ...rest } = request(method, params);
  return rest;
};

const proper = fc.oneof(
  { arbitrary: fc.constant(request("ping")), weight: 4 },
  fc.constantFrom(
    request("tools/call", { name: "hcloud_get_image", arguments: { id: 1 } }),
    request("tools/call", { name: "hcloud_get_image", arguments: { id: "1" } }),
    request("tools/call", { name: "hcloud_get_imgae" }),
    request("prompts/list"),
    request("prompts/get", { name: "constructor", arguments: {} }),
    request("resources/list"),
    request("resources/read", { uri: "hcloud://images/1" }),
    request("completion/complete", {
      ref: { type: "ref/prompt", name: "x" },
      argument: { name: "", value: "" },
    }),
    request("logging/setLevel", { level: "debug" }),
    request("server/discover"),
    request("hasOwnProperty", { _meta: { progressToken: 1 } }),
    INITIALIZE as Message,
  ),
  fc.constantFrom<Message>(
    notification("notifications/initialized"),
    notification("notifications/progress", { progressToken: 7, progress: 1 }),
    notification("notifications/unknown", { a: 1 }),
    notification("tools/list"),
    { jsonrpc: "2.0", id: 12, result: {} },
    { jsonrpc: "2.0", id: "never", error: { code: -1, message: "no" } },
  ),
  fc
    .constantFrom(...STRANGE_IDS)
    .map((requestId) => notification("notifications/cancelled", { requestId, reason: "bored" })),
);

const id = fc.constantFrom<unknown>(
  0,
  -0,
  -1,
  1,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 60),
  1e308,
  0.5,
  null,
  "",
  "a",
  "é",
  "\ud800",
  true,
  [],
  {},
  [1],
);
const junk = fc.oneof(
  id,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    "2.0",
    "1.0",
    2,
    "ping",
    "tools/call",
    "x".repeat(5000),
    JSON.parse('{"__proto__":{"a":1}}'),
  ),
);
const KEYS = ["jsonrpc", "id", "method", "params", "result", "error", "__proto__", "constructor", "toString"];

/** A member as text, because JSON can contain a key twice. */
const member = fc
  .tuple(fc.constantFrom(...KEYS), junk)
  .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);

const withId = fc
  .tuple(proper, id)
  .map(([message, id]) => JSON.stringify({ ...message, ...("id" in message && { id }) }));
const withMember = fc
  .tuple(proper, fc.constantFrom(...KEYS), junk)
  .map(([message, key, value]) => JSON.stringify({ ...message, [key]: value }));
const without = fc.tuple(proper, fc.constantFrom(...KEYS)).map(([message, key]) => {
  const { [key]: _, ...rest } = message;
  return JSON.stringify(rest);
});
const withParams = fc
  .tuple(
    proper,
    fc.dictionary(fc.constantFrom("name", "arguments", "_meta", "uri", "ref", "__proto__"), junk),
  )
  .map(([message, params]) =>
    JSON.stringify(message["method"] === "notifications/cancelled" ? message : { ...message, params }),
  );
const twice = fc.tuple(proper, member, fc.boolean()).map(([message, more, first]) => {
  const inner = JSON.stringify(message).slice(1, -1);
  return first ? `{${more},${inner}}` : `{${inner},${more}}`;
});
const batch = fc.array(fc.oneof(proper, junk), { maxLength: 4 }).map((messages) => JSON.stringify(messages));
const framed = fc
  .tuple(proper, fc.constantFrom("\r", " \t\r", "\u0000", "\ufeff", "\u2028", "}", ",", "\r\r"), fc.boolean())
  .map(([message, more, before]) =>
    before ? more + JSON.stringify(message) : JSON.stringify(message) + more,
  );
const deep = fc
  .tuple(
    fc.constantFrom(10, 1000, 100_000),
    fc.constantFrom<[string, string]>(["[", "]"], ['{"a":', "}"]),
    fc.nat(4),
  )
  .map(([depth, [open, close], where]) => {
    const nested = `${open.repeat(depth)}1${close.repeat(depth)}`;
    return (
      [
        nested,
        `{"jsonrpc":"2.0","id":"a","method":"ping","params":{"a":${nested}}}`,
        `{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"hcloud_get_image","arguments":{"id":${nested}}}}`,
        `{"jsonrpc":"2.0","id":"a","result":{"a":${nested}}}`,
        open.repeat(depth),
      ][where] ?? ""
    );
  });

const BYTES = [0x00, 0x0a, 0x0d, 0x22, 0x2c, 0x5c, 0x7b, 0x7d, 0x80, 0xc3, 0xed, 0xf0, 0xfe, 0xff];

/** Messages with bytes removed, inserted or overwritten anywhere, or with the end cut off. */
const broken = fc
  .tuple(proper, fc.nat(1000), fc.nat(3), fc.array(fc.constantFrom(...BYTES), { maxLength: 3 }), fc.boolean())
  .map(([message, at, cut, bytes, toEnd]) => {
    const whole = Buffer.from(JSON.stringify(message));
    const start = at % (whole.length + 1);
    return Buffer.concat([
      whole.subarray(0, start),
      Buffer.from(bytes),
      whole.subarray(toEnd ? whole.length : start + cut),
    ]);
  });

const text = fc.oneof(
  proper.map((message) => JSON.stringify(message)),
  withId,
  withMember,
  without,
  withParams,
  twice,
  batch,
  framed,
);

/** The bytes of one or several lines without the last line break, and the positions that divide the bytes into chunks. */
export const hostileLines: fc.Arbitrary<{ bytes: Buffer; cuts: number[] }> = fc.record({
  bytes: fc.oneof(
    { arbitrary: text.map((line) => Buffer.from(line)), weight: 50 },
    { arbitrary: broken, weight: 30 },
    {
      arbitrary: fc.array(text, { minLength: 2, maxLength: 5 }).map((lines) => Buffer.from(lines.join("\n"))),
      weight: 2,
    },
    { arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)), weight: 5 },
    { arbitrary: deep.map((line) => Buffer.from(line)), weight: 1 },
  ),
  cuts: fc.array(fc.nat(1000), { maxLength: 3 }),
});

/** Returns the ids of the requests that need a response, and how many lines need an error without an id. */
export function dueTo(bytes: Buffer): { ids: string[]; unreadable: [least: number, most: number] } {
  const due = { ids: [] as string[], unreadable: [0, 0] as [number, number] };
  for (const line of splitLines(bytes)) {
    let message: unknown;
    try {
      message = JSON.parse(decoder.decode(line));
    } catch {
      message = undefined;
    }
    if (typeof message !== "object" || message === null || Array.isArray(message)) {
      due.unreadable[0]++;
      due.unreadable[1]++;
      continue;
    }
    const { id } = message as Message;
    const isRequest =
      Object.hasOwn(message, "method") && (typeof id === "string" || Number.isSafeInteger(id));
    if (isRequest) due.ids.push(JSON.stringify(id));
    // A valid notification or response gets no response, an invalid one gets an error.
    else due.unreadable[1]++;
  }
  return due;
}

/** Invalid UTF-8 makes a line unreadable; a byte order mark does not. */
const decoder = new TextDecoder("utf-8", { fatal: true });

function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return [...lines, bytes.subarray(start)];
}
