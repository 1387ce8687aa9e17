import { expect, test } from "vitest";
import { SNAPSHOT } from "../support/answers.ts";
import { firstMessages, HOSTS } from "../support/first-messages.ts";
import { INITIALIZE, spawnCommand } from "../support/spawned.ts";

const CASES = HOSTS.map((host) => [host.host, host] as const);

test.each(CASES)("%s receives the expected responses to its first messages", async (_, host) => {
  const server = spawnCommand(["--demo"]);
  for (const message of firstMessages(host, "hcloud_get_image", { id: SNAPSHOT })) server.send(message);
  const [opened, listed, called] = await Promise.all(
    [0, 1, 2].map(async () => JSON.parse(await server.nextLine())),
  ).then((answers) => answers.toSorted((a, b) => a.id - b.id));
  const { version } = host;
  const isModern = version === "2026-07-28";
  expect(opened).toMatchObject({
    id: 0,
    result: {
      ...(isModern ? { supportedVersions: [version] } : { protocolVersion: version }),
      capabilities: { tools: {}, prompts: {}, resources: {}, completions: {} },
      instructions: expect.stringContaining("confirmation_required"),
    },
  });
  expect(listed.result.tools.length).toBeGreaterThan(10);
  expect(called.result.structuredContent).toMatchObject({ id: SNAPSHOT });
  for (const { result } of [opened, listed, called])
    expect(result.resultType).toBe(isModern ? "complete" : undefined);
  server.child.stdin.end();
  expect(await server.ended).toBe(0);
  expect(server.lines).toHaveLength(3);
});

test("a host whose version is refused can open the connection with an older one", async () => {
  const server = spawnCommand(["--demo"]);
  const _meta = { "io.modelcontextprotocol/protocolVersion": "2027-03-31" };
  server.send({ jsonrpc: "2.0", id: "probe", method: "server/discover", params: { _meta } });
  expect(JSON.parse(await server.nextLine())).toMatchObject({ id: "probe", error: { code: -32022 } });
  server.send(INITIALIZE);
  const { protocolVersion } = INITIALIZE.params;
  expect(JSON.parse(await server.nextLine())).toMatchObject({ id: 1, result: { protocolVersion } });
});
