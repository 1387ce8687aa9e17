import { expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../../src/simulator/http.ts";
import { byNumber, DELETE, many, PLAN } from "../support/cleanup.ts";
import { refusalIn } from "../support/code-refusals.ts";
import { killAt, killsAt, serve } from "../support/kills.ts";
import { callMessage, type Spawned } from "../support/spawned.ts";

/** Thirty snapshots; every fifth is protected, or labelled to be kept. */
const IMAGES = many(30, (i) => ({
  protection: { delete: i % 10 === 0 },
  labels: i % 10 === 5 ? { keep: "" } : {},
}));
const COVERED = IMAGES.filter((_, i) => i % 5 !== 0).map(({ id }) => id);

interface Result {
  isError?: boolean;
  content: { text: string }[];
  structuredContent?: {
    confirm?: string;
    to_delete?: { images: number };
    deleted?: number[];
    refused?: string;
  };
}

let id = 1;

async function call(server: Spawned, tool: string, args: object): Promise<Result> {
  server.send(callMessage(++id, tool, args));
  return (JSON.parse(await server.nextLine()) as { result: Result }).result;
}

/** Where in a deletion of 24 images, which takes two requests each, and what becomes of the request it happens at. */
const KILLS = killsAt(1, 2, 3, 4, 5, 6, 8, 11, 14, 17, 21, 26, 33, 40, 47, 48);

test.each(KILLS)(
  "a server killed at request %i, which %s, deleted only images that the code covered",
  async (number, fate) => {
    const simulator = await startSimulator({ images: IMAGES, rateLimit: 1_000_000 });
    onTestFinished(() => simulator.close());
    const gone = () => IMAGES.map(({ id }) => id).filter((id) => !simulator.state.images.has(id));

    const server = await serve(simulator);
    const plan = (await call(server, PLAN, { keep_last: 1 })).structuredContent;
    const { confirm } = plan ?? {};
    const count = COVERED.length;
    expect(plan?.to_delete?.images).toBe(count);

    await killAt([number, fate], simulator, server, callMessage(++id, DELETE, { confirm, count }));

    const lost = gone();
    for (const id of lost) expect(COVERED).toContain(id);
    for (const image of IMAGES.filter(({ id }) => !lost.includes(id))) {
      expect(simulator.state.images.get(image.id)).toEqual(image);
    }
    expect(lost.length).toBeLessThanOrEqual(number);
    const logged = JSON.parse(server.stderr().split("\n")[0] ?? "") as { outcome: string; ids: number[] };
    expect(logged).toMatchObject({ outcome: "confirmed", tool: DELETE });
    expect(logged.ids.toSorted(byNumber)).toEqual(COVERED);

    const next = await serve(simulator);
    const refused = await call(next, DELETE, { confirm, count });
    expect(refused.isError).toBe(true);
    expect(refused.content[0]?.text).toMatch(/\(code_refused\)$/);
    const [there] = COVERED.filter((id) => !lost.includes(id));
    if (there !== undefined) {
      const shown = (await call(next, DELETE, { confirm, ids: [there] })).structuredContent;
      expect(refusalIn(String(shown?.refused))).toBe("unknown");
    }
    expect(gone()).toEqual(lost);

    const rest = (await call(next, PLAN, { keep_last: 1 })).structuredContent;
    expect(rest?.to_delete?.images).toBe(count - lost.length);
    if (rest?.confirm !== undefined) {
      await call(next, DELETE, { confirm: rest.confirm, count: count - lost.length });
    }
    expect(gone()).toEqual(COVERED);
  },
);
