import { beforeEach, describe, expect, test } from "vitest";
import {
  answering,
  apiError,
  expectFailure,
  lines,
  MISSING,
  PROTECTED,
  rows,
  SNAPSHOT,
  start,
} from "../support/answers.ts";
import type { Harness } from "../support/harness.ts";

let harness: Harness;
/** The two actions that the protected image has seen: it was made, then protected. */
let made: number;
let guarded: number;

beforeEach(async () => {
  harness = await start();
  [made = 0, guarded = 0] = [...harness.simulator.state.actions.values()]
    .filter(({ resources }) => resources.some(({ id }) => id === PROTECTED))
    .map(({ id }) => id);
});

describe("hcloud_list_image_actions and hcloud_list_actions_for_image", () => {
  test("the actions of all images are requested with every parameter", async () => {
    const args = {
      id: [made, Number.MAX_SAFE_INTEGER],
      status: ["success", "error", "running"],
      sort: ["started:desc", "id"],
      page: 2,
      per_page: 3,
    };
    expect((await harness.call("hcloud_list_image_actions", args)).isError).toBe(false);
    expect(harness.simulator.requests).toMatchObject([
      {
        path: "/images/actions",
        query: [
          ["id", String(made)],
          ["id", "9007199254740991"],
          ["status", "success"],
          ["status", "error"],
          ["status", "running"],
          ["sort", "started:desc"],
          ["sort", "id"],
          ["page", "2"],
          ["per_page", "3"],
        ],
      },
    ]);
  });

  test("the actions of one image are requested with every parameter, and the id in the path", async () => {
    const args = { id: PROTECTED, status: ["success"], sort: ["finished:asc"], page: 1, per_page: 50 };
    expect((await harness.call("hcloud_list_actions_for_image", args)).isError).toBe(false);
    expect(harness.simulator.requests).toMatchObject([
      {
        path: `/images/${PROTECTED}/actions`,
        query: [
          ["status", "success"],
          ["sort", "finished:asc"],
          ["page", "1"],
          ["per_page", "50"],
        ],
      },
    ]);
  });

  test("a single value is accepted as a list of one", async () => {
    await harness.call("hcloud_list_image_actions", { id: made, status: "success", sort: "command" });
    await harness.call("hcloud_list_actions_for_image", { id: PROTECTED, status: "error", sort: "id" });
    expect(harness.simulator.requests.map(({ query }) => query)).toEqual([
      [
        ["id", String(made)],
        ["status", "success"],
        ["sort", "command"],
      ],
      [
        ["status", "error"],
        ["sort", "id"],
      ],
    ]);
  });

  test("a parameter that is not given is not sent", async () => {
    await harness.call("hcloud_list_image_actions");
    expect(harness.simulator.requests).toMatchObject([{ rawUrl: "/v1/images/actions" }]);
  });

  test("a list of actions is a table", async () => {
    const answer = await harness.call("hcloud_list_actions_for_image", { id: PROTECTED });
    expect(Object.keys(answer.data)[0]).toBe("summary");
    expect(answer.data).toEqual({
      summary: "2 actions.",
      all: { progress: 100 },
      columns: ["id", "command", "status", "started", "finished", "resources"],
      rows: [
        [
          made,
          "create_image",
          "success",
          "2026-07-21T10:30Z",
          "2026-07-21T10:31Z",
          `server 42 image ${PROTECTED}`,
        ],
        [
          guarded,
          "change_protection",
          "success",
          "2026-07-21T10:40Z",
          "2026-07-21T10:40Z",
          `image ${PROTECTED}`,
        ],
      ],
      total: 2,
      page: 1,
      as_of: "2026-11-23T12:00Z",
    });
  });

  test("the pages of a list of actions contain every action exactly once", async () => {
    const seen: unknown[] = [];
    let page: unknown = 1;
    for (let turns = 0; page !== undefined && turns < 20; turns++) {
      const answer = await harness.call("hcloud_list_image_actions", { per_page: 10, page });
      seen.push(...rows(answer).map(({ id }) => id));
      page = answer.data["next_page"];
    }
    expect(seen).toEqual([...harness.simulator.state.actions.keys()]);
  });

  test("the list of actions is empty for an image without actions, and an error for a missing image", async () => {
    expect((await harness.call("hcloud_list_actions_for_image", { id: 400902275 })).data).toEqual({
      summary: "No action matches.",
      columns: ["id", "command", "status", "started", "finished"],
      rows: [],
      total: 0,
      page: 1,
      as_of: "2026-11-23T12:00Z",
    });
    expectFailure(await harness.call("hcloud_list_actions_for_image", { id: MISSING }), "not_found");
  });

  test("a list shows the error of an action only when the action's status is error", async () => {
    const { actions } = harness.simulator.state;
    const error = { code: "action_failed", message: "Action\nfailed" };
    const plain = actions.get(made);
    if (plain)
      actions.set(made, { ...plain, error }).set(guarded, { ...plain, id: guarded, status: "error", error });
    const answer = await harness.call("hcloud_list_image_actions", { id: [made, guarded] });
    expect(rows(answer)).toMatchObject([
      { id: made, status: "success", error: "" },
      { id: guarded, status: "error", error: "action_failed: Action failed" },
    ]);
  });
});

describe("hcloud_get_image_action and hcloud_get_action_for_image", () => {
  test("an action is found by its id", async () => {
    const { data } = await harness.call("hcloud_get_image_action", { id: guarded });
    expect(data).toEqual({
      id: guarded,
      command: "change_protection",
      status: "success",
      progress: 100,
      started: "2026-07-21T10:40:00Z",
      finished: "2026-07-21T10:40:01Z",
      resources: [`image ${PROTECTED}`],
    });
    expect(lines(harness.simulator.requests)).toEqual([`GET /images/actions/${guarded}`]);
  });

  test("an action is found by its image and id", async () => {
    const { data } = await harness.call("hcloud_get_action_for_image", { id: PROTECTED, action_id: made });
    expect(data).toMatchObject({ id: made, command: "create_image" });
    expect(lines(harness.simulator.requests)).toEqual([`GET /images/${PROTECTED}/actions/${made}`]);
  });

  test.each([
    ["answers 404 api route not found", apiError(404, "not_found", "api route not found")],
    [
      "answers 410",
      apiError(410, "deprecated_api_endpoint", "gone", { announcement: "https://docs.hetzner.cloud" }),
    ],
    ["answers 410 without an error body", { status: 410, body: "Gone" }],
  ])("an action is found when the deprecated route %s", async (_, fault) => {
    harness.simulator.intercept = answering("GET", `/images/${PROTECTED}/actions/`, fault);
    const args = { id: PROTECTED, action_id: guarded };
    expect((await harness.call("hcloud_get_action_for_image", args)).data["id"]).toBe(guarded);
    expect(lines(harness.simulator.requests)).toEqual([
      `GET /images/${PROTECTED}/actions/${guarded}`,
      `GET /images/actions/${guarded}`,
    ]);
  });

  test("an action of another image is not found, with or without the deprecated route", async () => {
    const args = { id: SNAPSHOT, action_id: guarded };
    expectFailure(await harness.call("hcloud_get_action_for_image", args), "not_found");
    harness.simulator.intercept = answering(
      "GET",
      `/images/${SNAPSHOT}/`,
      apiError(410, "deprecated_api_endpoint"),
    );
    const answer = await harness.call("hcloud_get_action_for_image", args);
    expectFailure(answer, "not_found", `action ${guarded} `, `image ${SNAPSHOT}`);
  });

  test("an action is not requested a second time after another error", async () => {
    harness.simulator.intercept = answering("GET", `/images/${PROTECTED}/`, apiError(403, "forbidden"));
    const args = { id: PROTECTED, action_id: guarded };
    expectFailure(await harness.call("hcloud_get_action_for_image", args), "forbidden");
    expect(harness.simulator.requests).toHaveLength(1);
  });

  test("a missing action is an error", async () => {
    for (const [tool, args] of [
      ["hcloud_get_image_action", { id: 5 }],
      ["hcloud_get_action_for_image", { id: SNAPSHOT, action_id: 5 }],
    ] as const) {
      expectFailure(await harness.call(tool, args), "not_found");
    }
  });
});
