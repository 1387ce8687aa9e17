import { expect, test } from "vitest";
import { SNAPSHOT } from "../support/answers.ts";
import { ENVELOPE, PREFIX } from "../support/modern.ts";
import { callMessage, spawnCommand } from "../support/spawned.ts";

const listen = (id: string | number, params: object) => ({
  jsonrpc: "2.0",
  id,
  method: "subscriptions/listen",
  params: { ...params, _meta: ENVELOPE },
});

test.each([0, 7, "7", "a b"])(
  "subscriptions/listen is acknowledged as the subscription %j, and held until it is cancelled",
  async (id) => {
    const server = spawnCommand(["--demo"]);
    server.send(listen(id, { notifications: { toolsListChanged: true } }));
    expect(JSON.parse(await server.nextLine())).toEqual({
      jsonrpc: "2.0",
      method: "notifications/subscriptions/acknowledged",
      params: { _meta: { [`${PREFIX}/subscriptionId`]: id }, notifications: {} },
    });
    server.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
    server.send(callMessage(8, "hcloud_get_image", { id: SNAPSHOT }));
    expect(JSON.parse(await server.nextLine()).id).toBe(8);
    server.child.stdin.end();
    expect(await server.ended).toBe(0);
    expect(server.lines).toHaveLength(2);
  },
);

test("subscriptions/listen is refused without a filter", async () => {
  const server = spawnCommand(["--demo"]);
  server.send(listen(1, {}));
  expect(JSON.parse(await server.nextLine())).toMatchObject({ id: 1, error: { code: -32602 } });
});
