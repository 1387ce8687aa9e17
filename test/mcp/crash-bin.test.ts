import { expect, onTestFinished, test } from "vitest";
import { restoredLabels } from "../../src/housekeeping/bin.ts";
import { startSimulator } from "../../src/simulator/http.ts";
import { BIN, RESTORE } from "../support/bin.ts";
import { many } from "../support/cleanup.ts";
import { killAt, killsAt, serve } from "../support/kills.ts";
import { callMessage } from "../support/spawned.ts";

const IMAGES = many(8, (i) => ({ labels: { role: `r${i}`, "example.com/app": "shop" } }));
const IDS = IMAGES.map(({ id }) => id);

/** Of eight images, all are read first; then each is written, after another read if that took long. */
const KILLS = killsAt(1, 8, 9, 10, 11, 13, 15, 16);

test.each(KILLS)(
  "a server killed at request %i, which %s, loses no label, and all images can be restored",
  async (number, fate) => {
    const simulator = await startSimulator({ images: IMAGES, rateLimit: 1_000_000 });
    onTestFinished(() => simulator.close());
    const server = await serve(simulator);
    await killAt([number, fate], simulator, server, callMessage(2, BIN, { ids: IDS, hide: true }));
    for (const { id, labels } of IMAGES) {
      expect(restoredLabels(simulator.state.images.get(id)?.labels ?? {})).toEqual(labels);
    }
    expect(JSON.parse(server.stderr().split("\n")[0] ?? "")).toMatchObject({ outcome: "started", ids: IDS });

    const next = await serve(simulator);
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
