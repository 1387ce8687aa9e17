import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test, vi } from "vitest";
import { type RecordedRequest, type SimulatorOptions, startSimulator } from "../../src/simulator/http.ts";
import { byNumber, DELETE, EVERY_IMAGE, isDelete, many, PLAN } from "../support/cleanup.ts";
import { BARE_ENV, COMMAND, callMessage, INITIALIZE, spawnCommand } from "../support/spawned.ts";

vi.setConfig({ testTimeout: 60_000 });

const GET = "hcloud_get_image";
const IMAGES = many(20);
const IDS = IMAGES.map(({ id }) => id);

/** The built command in front of a simulated project that holds what `picks` picks, and counts what of that was cut. */
async function serve(options: SimulatorOptions = {}) {
  const simulator = await startSimulator({ images: IMAGES, rateLimit: 1_000_000, ...options });
  onTestFinished(() => simulator.close());
  const server = spawnCommand([], { HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint });
  server.send(INITIALIZE);
  await server.nextLine();
  const seen = { held: 0, cut: 0 };
  return {
    ...server,
    simulator,
    seen,
    hold(picks: (request: RecordedRequest) => boolean = () => true, begin = false) {
      simulator.intercept = (request, response) => {
        if (!picks(request)) return undefined;
        if (begin) response.writeHead(200).write('{"image":');
        seen.held++;
        response.once("close", () => seen.cut++);
        return "handled";
      };
    },
  };
}

type Server = Awaited<ReturnType<typeof serve>>;

/** Starts the work that is in progress when the client leaves. */
const UNDER_WAY: Record<string, (server: Server) => Promise<unknown>> = {
  async "a call that the API does not answer"({ hold, send, seen }) {
    hold();
    send(callMessage(2, GET, { id: IDS[0] }));
    await expect.poll(() => seen.held).toBe(1);
  },
  async "a call that has half of its answer"({ hold, send, seen }) {
    hold(() => true, true);
    send(callMessage(2, GET, { id: IDS[0] }));
    await expect.poll(() => seen.held).toBe(1);
  },
  async "a hundred calls, most of them in the queue"({ hold, send, seen }) {
    hold();
    for (let id = 2; id < 102; id++) send(callMessage(id, GET, { id: IDS[0] }));
    await expect.poll(() => seen.held).toBe(16);
  },
  async "a call that sleeps before it tries again"({ simulator, send }) {
    simulator.inject([{ fault: "status", status: 503, code: "unavailable" }]);
    send(callMessage(2, GET, { id: IDS[0] }));
    await expect.poll(() => simulator.requests[0]?.status).toBe(503);
  },
  async "a call that waits for the bucket to fill"({ simulator, send, nextLine }) {
    simulator.state.bucket = { limit: 100, tokens: 1, updated: Date.now() };
    send(callMessage(2, GET, { id: IDS[0] }));
    await nextLine();
    send(callMessage(3, GET, { id: IDS[0] }));
    send({ jsonrpc: "2.0", id: 4, method: "ping" });
    await nextLine();
  },
  async "a deletion of twenty images"({ hold, send, seen, nextLine }) {
    send(callMessage(2, PLAN, EVERY_IMAGE));
    const { result } = JSON.parse(await nextLine()) as { result: { structuredContent: { confirm: string } } };
    hold(isDelete);
    send(callMessage(3, DELETE, { confirm: result.structuredContent.confirm, count: 20 }));
    await expect.poll(() => seen.held).toBe(4);
  },
};

const GOES: Record<string, (server: Server) => unknown> = {
  "closes our stdin": ({ child }) => child.stdin.end(),
  "closes our stdout": ({ child }) => child.stdout.destroy(),
  "closes both, and stderr": ({ child }) => {
    for (const stream of child.stdio) stream?.destroy();
  },
  "sends SIGTERM": ({ child }) => child.kill("SIGTERM"),
  "sends SIGINT": ({ child }) => child.kill("SIGINT"),
  "sends both, and SIGTERM again": ({ child }) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGTERM"] as const) child.kill(signal);
  },
};

/** The two ends of a connection; nobody reads from the second. */
async function socketPair(): Promise<[Socket, Socket]> {
  const server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection");
  const first = connect((server.address() as { port: number }).port, "127.0.0.1");
  const [second] = await accepted;
  server.close();
  return [first, second as Socket];
}

const ended: string[] = [];

test.each(Object.keys(GOES))(
  "the server ends all work and its process silently when the client %s",
  async (goes) => {
    for (const [inFlight, begin] of Object.entries(UNDER_WAY)) {
      const server = await serve();
      const { simulator, seen, stderr, lines } = server;
      await begin(server);
      const [requests, answers] = [simulator.requests.length, lines.length];
      GOES[goes]?.(server);
      expect(await server.ended, inFlight).toBe(0);
      await expect.poll(() => seen.cut, { message: inFlight }).toBe(seen.held);
      expect(simulator.requests, inFlight).toHaveLength(requests);
      expect(lines, inFlight).toHaveLength(answers);
      expect([...simulator.state.images.keys()].toSorted(byNumber)).toEqual(IDS);
      for (const line of stderr().split("\n").slice(0, -1)) {
        expect(JSON.parse(line), inFlight).toHaveProperty("outcome");
      }
      ended.push(`${goes}: ${inFlight}`);
    }
  },
);

test("the server ends each kind of work in each way that a client can leave", ({ task }) => {
  const [kinds, ways] = [Object.keys(UNDER_WAY).length, Object.keys(GOES).length];
  expect(new Set(ended).size).toBe(kinds * ways);
  task.meta.figures = { "kinds of work that were under way": kinds, "ways in which the client went": ways };
});

test("the log names each image that a deletion may have deleted when the client leaves", async ({ task }) => {
  const server = await serve();
  await UNDER_WAY["a deletion of twenty images"]?.(server);
  const asked = server.simulator.writes().map(({ path }) => Number(path.split("/")[2]));
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
  const events = server
    .stderr()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { failed?: { id: number; code: string }[] });
  expect(events).toMatchObject([{ outcome: "confirmed" }, { outcome: "incomplete", deleted: [] }]);
  const failed = events[1]?.failed ?? [];
  expect(failed.map(({ id }) => id).toSorted(byNumber)).toEqual(asked.toSorted(byNumber));
  expect(new Set(failed.map(({ code }) => code))).toEqual(new Set(["outcome_unknown"]));
  task.meta.figures = { "images of which the deletion was under way": asked.length };
});

test("a client that uses one socket in both directions is served, and its leaving is noticed", async ({
  task,
}) => {
  const [theirs, ours] = await socketPair();
  const child = spawn(process.execPath, [COMMAND, "--demo"], { env: BARE_ENV, stdio: [ours, ours, "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit");
  ours.destroy();
  const lines = createInterface({ input: theirs });
  let answers = 0;
  for (const message of [INITIALIZE, { jsonrpc: "2.0", id: 2, method: "ping" }]) {
    theirs.write(`${JSON.stringify(message)}\n`);
    expect(JSON.parse((await once(lines, "line"))[0])).toHaveProperty("result");
    answers++;
  }
  theirs.destroy();
  expect(await ended).toEqual([0, null]);
  task.meta.figures = { "answers over one socket": answers };
});
