import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../../src/simulator/http.ts";
import { dueTo, hostileLines } from "../support/hostile-lines.ts";
import { INITIALIZE, type Spawned, spawnCommand } from "../support/spawned.ts";
import "../support/figures.ts";

const CASES = 5000;
const SEED = 20261123;

interface Reply {
  jsonrpc: string;
  id?: string | number | null;
  result?: object;
  error?: { code: number; message: string };
}

/** A process whose every line on stdout is checked, and counted by the id it answers. */
class Talk {
  readonly server: Spawned;
  /** Answers that nobody has asked about yet, by id. */
  readonly answers = new Map<string, Reply[]>();
  #pings = 0;

  constructor(server: Spawned) {
    this.server = server;
  }

  async hear(): Promise<Reply> {
    const line = await this.server.nextLine();
    const reply = JSON.parse(line) as Reply;
    expect(reply.jsonrpc, line).toBe("2.0");
    const { id, result, error } = reply;
    if (error) {
      expect(Number.isSafeInteger(error.code), line).toBe(true);
      expect(error.message, line).toEqual(expect.any(String));
      expect(error.message).not.toMatch(/\n\s+at /);
    } else {
      expect(result, line).toEqual(expect.any(Object));
      expect(id, line).not.toBeNull();
    }
    const key = JSON.stringify(id);
    this.answers.set(key, [...(this.answers.get(key) ?? []), reply]);
    return reply;
  }

  /** Sends a ping and hears everything up to its answer. */
  async ping(): Promise<void> {
    const id = `ping ${++this.#pings}`;
    this.server.send({ jsonrpc: "2.0", id, method: "ping" });
    while (!this.answers.has(JSON.stringify(id))) await this.hear();
    expect(this.answers.get(JSON.stringify(id))).toEqual([{ jsonrpc: "2.0", id, result: {} }]);
    this.answers.delete(JSON.stringify(id));
  }

  /** Sends bytes in chunks, then pings; fails unless each request in them is answered once. */
  async send(bytes: Buffer, cuts: readonly number[]): Promise<void> {
    const whole = Buffer.concat([bytes, Buffer.from("\n")]);
    const ends = [...cuts.map((cut) => cut % whole.length).sort((a, b) => a - b), whole.length];
    let start = 0;
    for (const end of ends) {
      await new Promise((written) => this.server.child.stdin.write(whole.subarray(start, end), written));
      start = end;
    }
    await this.ping();
    const shown = bytes.toString("latin1").slice(0, 500);
    const { ids, unreadable } = dueTo(bytes);
    const heard = () => [...this.answers.values()].flat().filter(({ id }) => id !== null);
    // A call of a tool may take longer than a ping.
    for (let more = 0; heard().length < ids.length && more < 1000; more++) await this.ping();
    expect(
      heard()
        .map(({ id }) => JSON.stringify(id))
        .sort(),
      shown,
    ).toEqual(ids.sort());
    const refused = this.answers.get("null")?.length ?? 0;
    expect(refused, shown).toBeGreaterThanOrEqual(unreadable[0]);
    expect(refused, shown).toBeLessThanOrEqual(unreadable[1]);
    this.answers.clear();
  }
}

async function talk(): Promise<Talk> {
  const simulator = await startSimulator({ rateLimit: 1e9 });
  onTestFinished(() => simulator.close());
  return new Talk(spawnCommand([], { HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint }));
}

test("random lines end in no crash and no output but JSON-RPC, and each request is answered once", async (context) => {
  const it = await talk();
  let lines = 0;
  for (const { bytes, cuts } of fc.sample(hostileLines, { numRuns: CASES, seed: SEED })) {
    lines += bytes.toString("latin1").split("\n").length;
    await it.send(bytes, cuts);
  }
  expect(it.server.stderr()).toBe("");
  it.server.child.stdin.end();
  expect(await it.server.ended).toBe(0);
  context.task.meta.figures = { "JSON-RPC lines fuzzed": lines, crashes: 0 };
}, 120_000);

const MIB = 1024 * 1024;

/** A call with a name of so many bytes more, in a line of its own. */
const sized = (bytes: number) => {
  const line = (name: string) =>
    JSON.stringify({ jsonrpc: "2.0", id: "a", method: "tools/call", params: { name } });
  return Buffer.from(line("x".repeat(bytes - line("").length)));
};

test.each([
  ["5 MiB", 5 * MIB, '"a"', -32602],
  ["10 MiB", 10 * MIB, '"a"', -32602],
  ["10 MiB and a byte", 10 * MIB + 1, "null", -32600],
  ["40 MiB", 40 * MIB, "null", -32600],
])("a line of %s is answered, and so is the next line", async (_, bytes, id, code) => {
  const it = await talk();
  it.server.child.stdin.write(sized(bytes));
  it.server.child.stdin.write("\n");
  await it.ping();
  expect([...it.answers.keys()]).toEqual([id]);
  const error = it.answers.get(id)?.[0]?.error;
  expect(error?.code).toBe(code);
  if (id === "null") expect(error?.message).toContain("10 MiB");
  expect(it.server.stderr()).toBe("");
});

test("a character cut in two by chunks arrives whole", async () => {
  const it = await talk();
  const name = "gét_😀";
  const message = { jsonrpc: "2.0", id: "a", method: "tools/call", params: { name } };
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let cut = 1; cut < bytes.length; cut++) {
    it.server.child.stdin.write(bytes.subarray(0, cut));
    await new Promise(setImmediate);
    it.server.child.stdin.write(bytes.subarray(cut));
    await it.ping();
    expect(it.answers.get('"a"')?.[0]?.error?.message).toContain(`"${name}"`);
    it.answers.clear();
  }
});

test("two concurrent requests with the same id are both answered", async () => {
  const it = await talk();
  const call = Buffer.from(
    JSON.stringify({
      jsonrpc: "2.0",
      id: 7,
      method: "tools/call",
      params: { name: "hcloud_list_images", arguments: {} },
    }),
  );
  await it.send(Buffer.concat([call, Buffer.from("\n"), call]), []);
});

test("each request is answered before initialize and after a second initialize", async () => {
  const it = await talk();
  await it.send(Buffer.from('{"jsonrpc":"2.0","id":0,"method":"tools/list"}'), []);
  for (let i = 0; i < 2; i++) await it.send(Buffer.from(JSON.stringify(INITIALIZE)), []);
});
