import { describe, expect, test } from "vitest";
import {
  alter,
  answering,
  apiError,
  expectPlain,
  type Fault,
  failure,
  lines,
  question,
  SNAPSHOT,
  start,
  stored,
  TOKEN,
} from "../support/answers.ts";
import { NOTHING_CHANGED } from "../support/claims.ts";

describe("errors about the token", () => {
  test("a missing token is reported, and nothing is sent", async () => {
    const { call, simulator } = await start({ clientToken: null });
    for (const [tool, args] of [
      ["hcloud_list_images", {}],
      ["hcloud_delete_image", { id: SNAPSHOT }],
    ] as const) {
      expectPlain(failure(await call(tool, args)), "token_missing");
    }
    expect(simulator.requests).toEqual([]);
  });

  test("a token that the API does not accept is not repeated", async () => {
    const { call } = await start({ clientToken: "wrong".padEnd(64, "Z9x") });
    const told = failure(await call("hcloud_list_images"));
    expectPlain(told, "unauthorized");
    expect(told).not.toContain("Z9x");
  });

  test("a read-only token can read, and its changes are refused with token_readonly", async () => {
    const readOnlyToken = "rEaDoNlY7h3qW".padEnd(64, "k4Lm8");
    const harness = await start({ readOnlyToken, clientToken: readOnlyToken });
    const before = stored(harness, SNAPSHOT);
    const { confirm } = question(await harness.call("hcloud_delete_image", { id: SNAPSHOT }));
    for (const [tool, args] of [
      ["hcloud_delete_image", { id: SNAPSHOT, confirm }],
      ["hcloud_update_image", { id: SNAPSHOT, description: "x" }],
      ["hcloud_change_image_protection", { id: SNAPSHOT, delete: true }],
    ] as const) {
      const told = failure(await harness.call(tool, args));
      expectPlain(told, "token_readonly");
      expect(told).toContain(NOTHING_CHANGED);
    }
    expect(stored(harness, SNAPSHOT)).toEqual(before);
    // The preview, and one read before each change.
    const reads = lines(harness.simulator.requests.filter(({ status }) => status !== 401));
    expect(reads.filter((line) => line === `GET /images/${SNAPSHOT}`)).toHaveLength(4);
    expect(reads.every((line) => line.startsWith("GET "))).toBe(true);
  });

  test.each<[where: string, fault: Fault]>([
    [
      "a 429",
      apiError(
        429,
        "rate_limit_exceeded",
        `Limit of '3600' requests per hour for token '${TOKEN.slice(0, 32)}...' reached.`,
      ),
    ],
    ["its other half", apiError(401, "unauthorized", `no: ...${TOKEN.slice(30)}`)],
    [
      "details",
      apiError(422, "invalid_input", "no", { fields: [{ name: TOKEN, messages: [TOKEN.slice(3, 20)] }] }),
    ],
    ["the correlation id", { status: 404, body: "", headers: { "X-Correlation-Id": TOKEN } }],
    [
      "escapes",
      {
        status: 422,
        body: `{"error":{"code":"service_error","message":"\\u${TOKEN.charCodeAt(0).toString(16).padStart(4, "0")}${TOKEN.slice(1)}"}}`,
      },
    ],
    ["invisible characters", apiError(422, "service_error", Array.from(TOKEN).join("\u200b"))],
    [
      "an image",
      {
        status: 200,
        body: {
          image: {
            id: SNAPSHOT,
            type: TOKEN,
            status: "available",
            created: "",
            protection: { delete: false },
            labels: { a: TOKEN.slice(0, 12) },
            description: `use ${TOKEN}`,
          },
        },
      },
    ],
  ])("the token is never repeated, not even 8 characters, when the API quotes it in %s", async (_, fault) => {
    const harness = await start({ intercept: answering("GET", "/images/", fault) });
    const { text } = await harness.call("hcloud_get_image", { id: SNAPSHOT });
    for (let i = 0; i + 8 <= TOKEN.length; i++) expect(text).not.toContain(TOKEN.slice(i, i + 8));
    expect(text).toContain("[redacted]");
  });

  test("the token is never repeated as the key of a label", async () => {
    const harness = await start();
    alter(harness, SNAPSHOT, { labels: { [TOKEN.slice(0, 32)]: "x" } });
    const { text } = await harness.call("hcloud_get_image", { id: SNAPSHOT });
    expect(text).not.toContain(TOKEN.slice(0, 8));
  });
});
