import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { alter, expectFailure, question } from "../support/answers.ts";
import {
  aged,
  codeOf,
  DELETE,
  deletedIds,
  deletionsOf,
  EVERY_IMAGE,
  idIn,
  isDelete,
  isRead,
  onRequest,
  PLAN,
  selectedIds,
} from "../support/cleanup.ts";
import { refuseWith } from "../support/cloud.ts";
import { startWithRules } from "../support/rules.ts";

const RULE = "rule keep_at_least: 2";
const DELETE_ONE = "hcloud_delete_image";

const of = (server: number) => ({ created_from: { id: server, name: `server-${server}` } });

/** Three snapshots of one server, two of another, one of none. */
const images = (): Image[] => [
  aged(1, 10, of(7)),
  aged(2, 20, of(7)),
  aged(3, 30, of(7)),
  aged(4, 10, of(8)),
  aged(5, 20, of(8)),
  aged(6, 20, { created_from: null }),
];
const start = (rules = "keep_at_least = 2", more: Image[] = []) =>
  startWithRules(rules, { images: [...images(), ...more] });

describe("an image whose deletion has an unknown outcome", () => {
  /** Two images of a server; the deletion of the first fails on the API's side, and nothing is deleted. */
  async function startInDoubt() {
    const harness = await startWithRules("keep_at_least = 1", { images: [aged(1, 30), aged(2, 20)] });
    const { call, simulator } = harness;
    const first = question(await call(DELETE_ONE, { id: 1 }));
    simulator.intercept = onRequest(1, isDelete, refuseWith(500, "server_error"));
    expectFailure(await call(DELETE_ONE, { id: 1, confirm: first.confirm }), "outcome_unknown");
    const second = question(await call(DELETE_ONE, { id: 2 }));
    return { ...harness, deleteSecond: () => call(DELETE_ONE, { id: 2, confirm: second.confirm }) };
  }

  test("it does not count as kept while the deletion can still take effect", async () => {
    const { deleteSecond, clock } = await startInDoubt();
    clock.pass(59_000);
    expectFailure(await deleteSecond(), "forbidden_by_rule", "rule keep_at_least: 1");
  });

  test("it counts as kept again when a later read shows it", async () => {
    const { deleteSecond, clock } = await startInDoubt();
    clock.pass(60_000);
    expect((await deleteSecond()).data["status"]).toBe("done");
  });

  test("it does not count as kept when the deletion took effect after all", async () => {
    const { deleteSecond, clock, simulator } = await startInDoubt();
    simulator.state.images.delete(1);
    clock.pass(60_000);
    expectFailure(await deleteSecond(), "forbidden_by_rule", "rule keep_at_least: 1");
  });
});

describe("rule keep_at_least", () => {
  test("keep_at_least keeps the newest images of a server from a plan, with the rule as the reason", async () => {
    const { call } = await start();
    const plan = await call(PLAN, { ...EVERY_IMAGE, group_by: "none" });
    expect(selectedIds(plan).toSorted()).toEqual([3, 6]);
    expect(plan.data["kept"]).toEqual({ [RULE]: 4 });
  });

  test("keep_at_least counts images that the plan does not consider", async () => {
    const { call } = await start("keep_at_least = 2", [aged(9, 40, { ...of(7), labels: { env: "dev" } })]);
    const plan = await call(PLAN, { ...EVERY_IMAGE, label_selector: "env=dev" });
    expect(selectedIds(plan)).toEqual([9]);
  });

  test("keep_at_least counts each type and each architecture separately", async () => {
    const more = [
      aged(11, 40, { ...of(7), architecture: "arm" }),
      aged(12, 40, { ...of(8), type: "backup", bound_to: 8 }),
    ];
    const { call } = await start("keep_at_least = 2", more);
    expectFailure(await call(DELETE_ONE, { id: 11 }), "forbidden_by_rule", RULE);
    expectFailure(await call(DELETE_ONE, { id: 12 }), "forbidden_by_rule", RULE);
    expectFailure(await call(DELETE_ONE, { id: 4 }), "forbidden_by_rule", RULE);
    expect(question(await call(DELETE_ONE, { id: 1 })).confirm).toContain("delete snapshot 1");
  });

  test("keep_at_least ignores an unavailable image, and allows its deletion", async () => {
    const harness = await start();
    alter(harness, 3, { status: "unavailable" });
    expectFailure(await harness.call(DELETE_ONE, { id: 1 }), "forbidden_by_rule", RULE);
    expect(question(await harness.call(DELETE_ONE, { id: 3 })).confirm).toContain("delete snapshot 3");
  });

  test("keep_at_least excludes images from a bulk preview", async () => {
    const { call } = await start();
    const { preview, confirm } = question(await call(DELETE, { ids: [1, 2, 3, 6] }));
    expect(preview["not_deletable"]).toEqual([
      { id: 1, why: RULE },
      { id: 2, why: RULE },
    ]);
    expect(deletionsOf(await call(DELETE, { confirm, count: 2 })).deleted.toSorted()).toEqual([3, 6]);
  });

  test("keep_at_least applies when another client deletes an image after the preview", async () => {
    const harness = await start();
    const { call, simulator } = harness;
    const one = question(await call(DELETE_ONE, { id: 1 }));
    const many = question(await call(DELETE, { ids: [3] }));
    simulator.state.images.delete(2);
    expectFailure(await call(DELETE_ONE, { id: 1, confirm: one.confirm }), "forbidden_by_rule", RULE);
    const answer = deletionsOf(await call(DELETE, { confirm: many.confirm, count: 1 }));
    expect(answer.skipped).toEqual([{ id: 3, why: RULE }]);
    expect(simulator.writes()).toEqual([]);
  });

  test("keep_at_least applies when another client deletes an image during the call", async () => {
    const harness = await start();
    const { call, simulator, clock } = harness;
    const { confirm } = question(await call(DELETE_ONE, { id: 1 }));
    simulator.intercept = (request) => {
      // Reading the server's images takes too long, so that those that are kept are read once more.
      if (request.path === "/images") clock.pass(1_500);
      if (isRead(request) && idIn(request) === 2) simulator.state.images.delete(2);
      return undefined;
    };
    expectFailure(await call(DELETE_ONE, { id: 1, confirm }), "forbidden_by_rule", RULE);
    expect(simulator.writes()).toEqual([]);
  });

  test("keep_at_least applies to concurrent calls that together would violate it", async () => {
    const harness = await start();
    const { call, simulator } = harness;
    const codes = await Promise.all(
      [1, 2].map(async (id) => [id, question(await call(DELETE_ONE, { id })).confirm] as const),
    );
    const plan = codeOf(await call(PLAN, { ...EVERY_IMAGE, server: ["7"] }));
    const answers = await Promise.all([
      ...codes.map(([id, confirm]) => call(DELETE_ONE, { id, confirm })),
      call(DELETE, { confirm: plan, count: 1 }),
    ]);
    expect(answers.some(({ isError }) => isError)).toBe(true);
    expect(simulator.requests.filter(isDelete).length).toBeLessThanOrEqual(1);
    expect(deletedIds(harness, images()).length).toBe(1);
  });

  test("keep_at_least counts an image again after its deletion certainly failed", async () => {
    const harness = await start();
    const { call, simulator } = harness;
    const { confirm } = question(await call(DELETE_ONE, { id: 1 }));
    simulator.intercept = onRequest(1, isDelete, (_, response) => {
      response.writeHead(403, { "content-type": "application/json" });
      response.end('{"error":{"code":"forbidden","message":"no"}}');
      return "handled";
    });
    expectFailure(await call(DELETE_ONE, { id: 1, confirm }), "forbidden");
    const again = question(await call(DELETE_ONE, { id: 2 }));
    expect((await call(DELETE_ONE, { id: 2, confirm: again.confirm })).data["status"]).toBe("done");
  });
});
