import { expect, onTestFinished, test } from "vitest";
import { restoredLabels } from "../../src/housekeeping/bin.ts";
import { startSimulator } from "../../src/simulator/http.ts";
import { BIN, RESTORE } from "../support/bin.ts";
import { many, turns } from "../support/cleanup.ts";
import { callMessage, INITIALIZE, spawnCommand } from "../support/spawned.ts";

const IMAGES = many(8, (i) => ({ labels: { role: `r${i}`, "example.com/app": "shop" } }));
const IDS = IMAGES.map(({ id }) => id);

/** Of eight images, all are read first; then each is written, after another read if that took long. */
const KILLS = [1, 8, 9, 10, 11, 13, 15, 16].map(
  (number, i) =>
    [number, (["goes through", "is never handled", "is carried out unanswered"] as const)[i % 3]] as const,
);

test.each(KILLS)(
  "killed at request %i, which %s: no label is lost, and all can be restored",
  async (number, what) => {
    const simulator = await startSimulator({ images: IMAGES, rateLimit: 1_000_000 });
    onTestFinished(() => simulator.close());
    const env = { HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint };
    const serve = async () => {
      const server = spawnCommand([], env);
      server.send(INITIALIZE);
      await server.nextLine();
      return server;
    };

    const server = await serve();
    let requests = 0;
    simulator.intercept = (_, response, apply) => {
      if (++requests !== number) return undefined;
      server.child.kill("SIGKILL");
      if (what === "goes through") return undefined;
      if (what === "is carried out unanswered") apply();
      response.destroy();
      return "handled";
    };
    server.send(callMessage(2, BIN, { ids: IDS, hide: true }));
    expect(await server.ended).toBeNull();
    await turns();
    simulator.intercept = undefined;
    for (const { id, labels } of IMAGES) {
      expect(restoredLabels(simulator.state.images.get(id)?.labels ?? {})).toEqual(labels);
    }
    expect(JSON.parse(server.stderr().split("\n")[0] ?? "")).toMatchObject({ outcome: "started", ids: IDS });

    const next = await serve();
    const finish = async (tool: string) => {
      next.send(callMessage(3, tool, { ids: IDS, ...(tool === BIN && { hide: true }) }));
      await next.nextLine();
    };
    await finish(BIN);
    for (const { labels } of simulator.state.images.values()) {
      expect(Object.keys(labels).toSorted()).toEqual(["bin.example.com/app", "bin/due", "bin/role"]);
    }
    await finish(RESTORE);
    expect([...simulator.state.images.values()]).toEqual(IMAGES);
  },
);
