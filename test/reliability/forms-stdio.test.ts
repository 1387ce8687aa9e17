import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type RecordedRequest, startSimulator } from "../../src/simulator/http.ts";
import { isDelete, isRead, many } from "../support/cleanup.ts";
import { callMessage, INITIALIZE, type Spawned, spawnCommand } from "../support/spawned.ts";

vi.setConfig({ testTimeout: 60_000 });

const REMOVE = "hcloud_delete_image";
const IMAGES = many(3);
const [FIRST = 0, SECOND = 0] = IMAGES.map(({ id }) => id);

/** A person reads for longer than the server takes for no reading at all; here the time is real, in ms. */
const READING_MS = 1_100;

const YES = { action: "accept", content: { choice: "delete" } };

/** The built command in front of a simulated project, and a client of raw lines that declares forms. */
async function serve(env: Record<string, string> = {}) {
  const simulator = await startSimulator({ images: IMAGES, rateLimit: 1_000_000 });
  onTestFinished(() => simulator.close());
  const server = spawnCommand([], {
    HCLOUD_TOKEN: simulator.token,
    HCLOUD_ENDPOINT: simulator.endpoint,
    ...env,
  });
  server.send({ ...INITIALIZE, params: { ...INITIALIZE.params, capabilities: { elicitation: {} } } });
  await server.nextLine();
  return { ...server, simulator };
}

type Server = Awaited<ReturnType<typeof serve>>;

interface Message {
  id?: number | string;
  method?: string;
  params?: { message: string; requestId?: number };
  result?: { structuredContent?: Record<string, unknown>; isError?: boolean };
}

const next = async ({ nextLine }: Spawned) => JSON.parse(await nextLine()) as Message;

/** Calls, and returns the id of the form that the server shows. */
async function openForm(server: Server, id = 2, image = FIRST): Promise<number> {
  server.send(callMessage(id, REMOVE, { id: image }));
  const message = await next(server);
  expect(message.method).toBe("elicitation/create");
  return message.id as number;
}

const reply = (id: unknown, result: unknown = YES) => ({ jsonrpc: "2.0", id, result });

function cancel({ send }: Server, requestId: number) {
  send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId } });
}

/** Everything that was sent before has been dealt with once this is answered; returns what came before its answer. */
async function settled(server: Server): Promise<Message[]> {
  server.send({ jsonrpc: "2.0", id: "settled", method: "ping" });
  const before: Message[] = [];
  for (;;) {
    const message = await next(server);
    if (message.id === "settled") return before;
    before.push(message);
  }
}

async function expectDeletes(server: Server, id: number, image: number): Promise<void> {
  const form = await openForm(server, id, image);
  await wait(READING_MS);
  server.send(reply(form));
  expect((await next(server)).result?.structuredContent).toMatchObject({ status: "done" });
  expect(server.simulator.state.images.has(image)).toBe(false);
}

test("a hundred calls that are cancelled while their form is open change nothing, however late the answers are", async ({
  task,
}) => {
  const server = await serve();
  const { simulator, send } = server;
  const forms: number[] = [];
  for (let id = 2; id < 102; id++) {
    forms.push(await openForm(server, id));
    cancel(server, id);
    const { method, params } = await next(server);
    expect([method, params?.requestId]).toEqual(["notifications/cancelled", forms.at(-1)]);
  }
  await wait(READING_MS);
  for (const form of forms) send(reply(form));
  expect(await settled(server)).toEqual([]);
  expect(simulator.writes()).toEqual([]);
  await expectDeletes(server, 200, FIRST);
  expect(simulator.writes()).toHaveLength(1);
  task.meta.figures = {
    "calls cancelled with a form, answered afterwards": forms.length,
    "writes by them": 0,
  };
});

describe("an answer to a form", () => {
  test("an answer to a form that arrives twice deletes once", async () => {
    const server = await serve();
    const form = await openForm(server);
    await wait(READING_MS);
    for (let i = 0; i < 3; i++) server.send(reply(form));
    expect((await next(server)).result?.structuredContent).toMatchObject({ status: "done" });
    expect(await settled(server)).toEqual([]);
    expect(server.simulator.writes()).toHaveLength(1);
    await expectDeletes(server, 3, SECOND);
  });

  test("an answer with the id of no form, or of another form, confirms only what that form named", async () => {
    const server = await serve();
    const [one, two] = [await openForm(server, 2, FIRST), await openForm(server, 3, SECOND)];
    await wait(READING_MS);
    for (const id of [one + 1000, -1, `${one}x`, null, "__proto__", 2.5]) server.send(reply(id));
    const before = await settled(server);
    expect(before.filter(({ result }) => result !== undefined)).toEqual([]);
    expect(server.simulator.writes()).toEqual([]);
    server.send(reply(two));
    const { id, result } = await next(server);
    expect([id, result?.structuredContent?.["status"]]).toEqual([3, "done"]);
    expect(server.simulator.writes().map(({ path }) => path)).toEqual([`/images/${SECOND}`]);
    server.send(reply(one, { action: "decline" }));
    expect((await next(server)).result?.structuredContent).toMatchObject({ status: "declined" });
  });

  test.each<[what: string, answer: object]>([
    ["an error", { error: { code: -32601, message: "Method not found" } }],
    ["no object", { result: "delete" }],
    ["no action", { result: { content: { choice: "delete" } } }],
    ["no choice", { result: { action: "accept", content: {} } }],
    ["another word", { result: { action: "accept", content: { choice: "Yes, delete snapshot 1001" } } }],
    ["both an error and a result", { result: YES, error: { code: 1, message: "no" } }],
  ])("an answer that is %s deletes nothing, and the server continues", async (_, answer) => {
    const server = await serve({ HCLOUD_IMAGES_CONFIRM: "form" });
    const form = await openForm(server);
    await wait(READING_MS);
    server.send({ jsonrpc: "2.0", id: form, ...answer });
    await settled(server);
    expect(server.simulator.writes()).toEqual([]);
    cancel(server, 2);
    await settled(server);
    expect(await openForm(server, 9, SECOND)).not.toBe(form);
  });
});

/** Says yes to a form, and holds the first request of this kind that follows. */
async function agreeUntil(server: Server, isHeld: (request: RecordedRequest) => boolean): Promise<void> {
  const form = await openForm(server);
  let held = 0;
  server.simulator.intercept = (request) => (isHeld(request) && ++held ? "handled" : undefined);
  await wait(READING_MS);
  server.send(reply(form));
  await expect.poll(() => held).toBe(1);
}

/** How far a call is when the client goes; brings it about. */
const REACHED: Record<string, (server: Server) => Promise<unknown>> = {
  "while a form is open": (server) => openForm(server),
  async "while the image is read again"(server) {
    await agreeUntil(server, isRead);
  },
};

const GOES: Record<string, (server: Server) => unknown> = {
  "closes stdin": ({ child }) => child.stdin.end(),
  async "closes stdin with its yes"({ child }) {
    await wait(READING_MS);
    child.stdin.end(`${JSON.stringify(reply(0))}\n`);
  },
  "closes everything": ({ child }) => {
    for (const stream of child.stdio) stream?.destroy();
  },
  "sends SIGTERM": ({ child }) => child.kill("SIGTERM"),
  "is killed": ({ child }) => child.kill("SIGKILL"),
};

const LEAVES = Object.keys(REACHED).flatMap((reached) =>
  Object.keys(GOES).map((goes) => ({ reached, goes })),
);

test.each(LEAVES)("nothing is changed after the client $goes $reached", async ({ reached, goes }) => {
  const server = await serve();
  await REACHED[reached]?.(server);
  const sent = server.simulator.requests.length;
  await GOES[goes]?.(server);
  expect(await server.ended).toBe(goes === "is killed" ? null : 0);
  // A last line on stdin is processed up to the read of the image.
  expect(server.simulator.requests.length - sent).toBeLessThanOrEqual(
    goes === "closes stdin with its yes" ? 1 : 0,
  );
  expect(server.simulator.writes()).toEqual([]);
  expect(server.simulator.state.images.size).toBe(IMAGES.length);
});

test("a deletion that a form confirmed is logged as possibly done when the client leaves", async () => {
  const server = await serve();
  await agreeUntil(server, isDelete);
  server.child.stdin.end();
  expect(await server.ended).toBe(0);
  const events = server
    .stderr()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events.map(({ outcome }) => outcome)).toEqual(["asked", "answered", "confirmed", "cancelled"]);
  expect(events[2]).toMatchObject({ by: "form", ids: [FIRST] });
});
