import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FAULT_NAMES, type FaultRule, parseFaults } from "../../src/simulator/faults.ts";
import { writeCliFile } from "../support/cli-file.ts";
import { fetchFrom, IMAGE_PATH, readErrorCode, startFailingCloud } from "../support/failing-cloud.ts";
import { spawnCommand } from "../support/spawned.ts";

describe("rules of a fault file", () => {
  test.each<[rule: Partial<FaultRule>, hit: string]>([
    [{}, "GET DELETE list actions"],
    [{ method: "GET" }, "GET list actions"],
    [{ path: "/images/{id}" }, "GET DELETE"],
    [{ path: IMAGE_PATH }, "GET DELETE"],
    [{ path: "/images/2" }, ""],
    [{ path: "/images" }, "list"],
    [{ path: "/images/{id}/actions", method: "DELETE" }, ""],
    [{ skip: 1 }, "DELETE list actions"],
    [{ times: 2 }, "GET DELETE"],
    [{ skip: 1, times: 1 }, "DELETE"],
    [{ skip: 1, times: 1, method: "GET" }, "list"],
  ])("the rule %j applies to %s", async (rule, hit) => {
    const cloud = await startFailingCloud({ fault: "html", status: 599, ...rule } as FaultRule);
    const asked: [name: string, ...Parameters<typeof fetchFrom>][] = [
      ["GET", cloud],
      ["DELETE", cloud, "DELETE"],
      ["list", cloud, "GET", "/images"],
      ["actions", cloud, "GET", `${IMAGE_PATH}/actions`],
    ];
    const bad: string[] = [];
    for (const [name, ...how] of asked) if ((await fetchFrom(...how)).status === 599) bad.push(name);
    expect(bad.join(" ")).toBe(hit);
  });

  test("a request is for the first rule that is not used up", async () => {
    const cloud = await startFailingCloud(
      { fault: "html", status: 501, times: 1 },
      { fault: "html", status: 502, times: 2 },
    );
    const statuses = [await fetchFrom(cloud), await fetchFrom(cloud), await fetchFrom(cloud)].map(
      ({ status }) => status,
    );
    // The second rule has seen the first request too.
    expect(statuses).toEqual([501, 502, 200]);
  });

  test("no request is faulty without rules", async () => {
    const cloud = await startFailingCloud({ fault: "html" });
    cloud.inject([]);
    expect((await fetchFrom(cloud)).status).toBe(200);
  });
});

describe("mistakes in a fault file", () => {
  test.each([
    ["{", "JSON"],
    ["[]", "object"],
    ["{}", "faults: "],
    ['{"fault": []}', "faults: "],
    ['{"faults": [], "more": 1}', '"more"'],
    ['{"faults": [3]}', "faults[0]: ", "3"],
    ['{"faults": [{}]}', "faults[0].fault: "],
    ['{"faults": [{"fault": "rest"}]}', "faults[0]: ", '"rest"', '"reset"'],
    ['{"faults": [{"fault": "toString"}]}', "faults[0]: ", '"toString"', ": status,"],
    ['{"faults": [{"fault": "html"}, {"fault": "reset", "tims": 1}]}', "faults[1]: ", '"tims"', '"times"'],
    ['{"faults": [{"fault": "connection_refused", "times": 1}]}', "faults[0]: ", '"times"'],
    ['{"faults": [{"fault": "slow_body"}]}', "faults[0]: ms: "],
    ['{"faults": [{"fault": "status", "status": 99}]}', "faults[0]: status: ", "200 to 599"],
    ['{"faults": [{"fault": "reset", "method": "get"}]}', "faults[0]: method: ", "GET, PUT, POST, DELETE"],
    ['{"faults": [{"fault": "reset", "path": "/image"}]}', "faults[0]: path: "],
    ['{"faults": [{"fault": "reset", "path": "/images/{no}"}]}', "faults[0]: path: "],
    ['{"faults": [{"fault": "reset", "times": 0}]}', "faults[0]: times: ", "1"],
    ['{"faults": [{"fault": "rate_limited", "headers": {"a b": "1"}}]}', "faults[0]: headers: "],
    ['{"faults": [{"fault": "rate_limited", "headers": {"a": "1\\n2"}}]}', "faults[0]: headers.a: "],
  ])("a mistake in a fault file is reported in one line: %s", (text, ...facts) => {
    let message = "";
    try {
      parseFaults(text);
    } catch (error) {
      message = (error as Error).message;
    }
    for (const fact of facts) expect(message).toContain(fact);
    expect(message).not.toContain("\n");
  });
});

describe("simulator --faults", () => {
  test("the simulator fails as its fault file says", async () => {
    const file = writeCliFile('{"faults": [{"fault": "html", "status": 503, "times": 1}]}');
    const command = spawnCommand(["simulator", "--faults", file]);
    const { endpoint, token } = JSON.parse(await command.nextLine());
    const statusOf = async () =>
      (await fetch(`${endpoint}/images`, { headers: { Authorization: `Bearer ${token}` } })).status;
    expect([await statusOf(), await statusOf()]).toEqual([503, 200]);
    command.child.kill("SIGTERM");
    expect(await command.ended).toBe(0);
  });

  test("the simulator that refuses connections runs until it is ended", async () => {
    const file = writeCliFile('{"faults": [{"fault": "connection_refused"}]}');
    const command = spawnCommand(["simulator", "--faults", file]);
    const { endpoint } = JSON.parse(await command.nextLine());
    expect(await readErrorCode(fetch(endpoint))).toBe("ECONNREFUSED");
    expect(command.child.exitCode).toBeNull();
    command.child.kill("SIGTERM");
    expect(await command.ended).toBe(0);
  });

  test.each([
    ['{"faults": [{"fault": "rest"}]}', "faults[0]: "],
    ["no JSON", "JSON"],
  ])("the simulator refuses %s in one line", async (text, told) => {
    const command = spawnCommand(["simulator", "--faults", writeCliFile(text)]);
    expect(await command.ended).toBe(2);
    expect(command.lines).toEqual([]);
    expect(command.stderr()).toContain(told);
    expect(command.stderr().trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("docs/faults.md", () => {
  const page = readFileSync(new URL("../../docs/faults.md", import.meta.url), "utf8");
  const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => parseFaults(text ?? ""));

  test("docs/faults.md names every fault, in order", () => {
    const table = page.slice(page.indexOf("## Faults"), page.indexOf("## Examples"));
    expect([...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name)).toEqual(FAULT_NAMES);
  });

  test("the examples of docs/faults.md have the described effect", async () => {
    const [twice = [], lost = [], used = [], gateway = []] = examples;
    expect(examples).toHaveLength(4);

    let cloud = await startFailingCloud(...twice);
    const deleted = [
      await fetchFrom(cloud, "DELETE"),
      await fetchFrom(cloud, "DELETE"),
      await fetchFrom(cloud, "DELETE"),
    ];
    expect(deleted.map(({ status }) => status)).toEqual([503, 503, 204]);

    cloud = await startFailingCloud(...lost);
    expect(await readErrorCode(fetchFrom(cloud, "DELETE"))).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
    expect((await fetchFrom(cloud)).status).toBe(404);

    cloud = await startFailingCloud(...used);
    const statuses: number[] = [];
    for (let i = 0; i < 13; i++) statuses.push((await fetchFrom(cloud)).status);
    expect(statuses).toEqual([...Array(10).fill(200), 429, 429, 200]);

    cloud = await startFailingCloud(...gateway);
    const asked = [
      await fetchFrom(cloud, "GET", "/images"),
      await fetchFrom(cloud),
      await fetchFrom(cloud, "GET", "/pricing"),
    ];
    expect(asked.map(({ status }) => status)).toEqual([502, 200, 200]);
  });
});
