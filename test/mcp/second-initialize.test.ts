import { expect, test } from "vitest";
import { callMessage, INITIALIZE, spawnCommand } from "../support/spawned.ts";

test("a second initialize that is refused leaves the forms of the client as they are", async () => {
  const server = spawnCommand(["--demo"]);
  const capabilities = { elicitation: { form: {} } };
  server.send({ ...INITIALIZE, params: { ...INITIALIZE.params, capabilities } });
  await server.nextLine();
  server.send({ jsonrpc: "2.0", id: 2, method: "initialize", params: {} });
  expect(JSON.parse(await server.nextLine())).toMatchObject({ id: 2, error: { code: -32602 } });
  server.send(callMessage(3, "hcloud_delete_image", { id: 362118904 }));
  expect(JSON.parse(await server.nextLine())).toMatchObject({ method: "elicitation/create" });
});
