import { describe, expect, test } from "vitest";
import { SelectorError } from "../../src/labels.ts";
import { expectMistake, failure, start } from "../support/answers.ts";

const LARGEST = Number.MAX_SAFE_INTEGER;

describe("parameters of hcloud_list_images", () => {
  test.each<[args: Record<string, unknown>, query: [string, string][]]>([
    [{}, []],
    [
      { type: ["system", "app"] },
      [
        ["type", "system"],
        ["type", "app"],
      ],
    ],
    [{ type: "snapshot" }, [["type", "snapshot"]]],
    [
      { status: ["available", "creating", "unavailable"] },
      [
        ["status", "available"],
        ["status", "creating"],
        ["status", "unavailable"],
      ],
    ],
    [{ status: "creating" }, [["status", "creating"]]],
    [
      { bound_to: [42, LARGEST] },
      [
        ["bound_to", "42"],
        ["bound_to", "9007199254740991"],
      ],
    ],
    [{ bound_to: 42 }, [["bound_to", "42"]]],
    [{ architecture: "arm" }, [["architecture", "arm"]]],
    [
      { sort: ["created:desc", "id"] },
      [
        ["sort", "created:desc"],
        ["sort", "id"],
      ],
    ],
    [{ sort: "name:asc" }, [["sort", "name:asc"]]],
    [{ include_deprecated: true }, [["include_deprecated", "true"]]],
    [{ include_deprecated: false }, [["include_deprecated", "false"]]],
    [{ name: "ubuntu-24.04" }, [["name", "ubuntu-24.04"]]],
    [{ name: "a&b=c d" }, [["name", "a&b=c d"]]],
    [
      { label_selector: "env in (prod, dev),!keep,a/b!=c" },
      [["label_selector", "env in (prod, dev),!keep,a/b!=c"]],
    ],
    [
      { page: 3, per_page: 50 },
      [
        ["page", "3"],
        ["per_page", "50"],
      ],
    ],
    [{ type: null, label_selector: null, sort: null, page: null, confirm: null }, []],
    [{ type: "app", status: null }, [["type", "app"]]],
  ])("the API receives the parameters %j", async (args, query) => {
    const { call, simulator } = await start();
    expect((await call("hcloud_list_images", args)).isError).toBe(false);
    expect(simulator.requests).toMatchObject([{ method: "GET", path: "/images", query }]);
  });

  test("the API receives all parameters together", async () => {
    const { call, simulator } = await start();
    await call("hcloud_list_images", {
      sort: ["name", "created:desc"],
      type: ["snapshot", "backup"],
      status: "available",
      bound_to: [42],
      include_deprecated: true,
      name: "x",
      label_selector: "a=b",
      architecture: "x86",
      page: 1,
      per_page: 5,
    });
    expect(simulator.requests[0]?.query.map(([name]) => name).sort()).toEqual(
      ["architecture", "bound_to", "include_deprecated", "label_selector", "name", "page", "per_page"]
        .concat(["sort", "sort", "status", "type", "type"])
        .sort(),
    );
  });
});

describe("invalid arguments of hcloud_list_images", () => {
  test.each<[args: Record<string, unknown>, argument: string, ...facts: string[]]>([
    [{ type: "foo" }, "type[0]", "system, app, snapshot, backup"],
    [{ type: ["snapshot", "temporary"] }, "type[1]", "system, app, snapshot, backup"],
    [{ type: [] }, "type", "empty"],
    [{ type: [null] }, "type[0]", "system, app, snapshot, backup"],
    [{ type: 3 }, "type[0]", "system, app, snapshot, backup"],
    [{ status: "deleted" }, "status[0]", "available, creating, unavailable"],
    [{ architecture: ["x86", "arm"] }, "architecture", "x86, arm"],
    [{ architecture: "mips" }, "architecture", "x86, arm"],
    [{ bound_to: "42,x" }, "bound_to[1]", '"x"'],
    [{ bound_to: [0] }, "bound_to[0]", "1 to 9007199254740991"],
    [{ bound_to: [LARGEST + 1] }, "bound_to[0]", "9007199254740992"],
    [{ sort: "size" }, "sort[0]", "id, name, created"],
    [{ sort: "created:up" }, "sort[0]", ":asc or :desc"],
    [{ sort: ["id\n"] }, "sort[0]"],
    [{ name: [""] }, "name", "a string", '[""]'],
    [{ name: 3 }, "name", "a string", "3"],
    [{ include_deprecated: "yes" }, "include_deprecated", "true or false"],
    [{ page: 0 }, "page", "1 to 9007199254740991"],
    [{ page: 1.5 }, "page", "1.5"],
    [{ page: "1e1" }, "page", '"1e1"'],
    [{ per_page: 0 }, "per_page", "1 to 50"],
    [{ per_page: 51 }, "per_page", "1 to 50"],
    [{ label_selector: 3 }, "label_selector"],
    [{ typ: "snapshot" }, "", "unknown", '"typ"', '"type"'],
    [{ labels: "a=b" }, "", "unknown", '"labels"', '"label_selector"'],
    [{ bound_to: 42, type: "snapshot" }, "bound_to", "type backup"],
    [{ bound_to: 42, newest_per_server: 1 }, "newest_per_server", "bound_to"],
    [{ newest_per_server: 1, type: "backup" }, "newest_per_server", "type snapshot"],
    [{ newest_per_server: 1, type: ["snapshot", "backup"] }, "newest_per_server", "type snapshot"],
    [{ newest_per_server: 1, older_than_days: 3 }, "newest_per_server", "older_than_days"],
    [{ newest_per_server: 1, created_before: "2026-01-31" }, "newest_per_server", "created_before"],
    [{ newest_per_server: 1, status: "creating" }, "newest_per_server", "status available"],
    [{ newest_per_server: 0 }, "newest_per_server"],
    [{ older_than_days: 0 }, "older_than_days"],
    [{ created_before: "2026-02-30" }, "created_before", "2026-01-31"],
    [{ created_before: "yesterday" }, "created_before", "2026-01-31"],
    [{ include_deprecatd: true }, "", "unknown", '"include_deprecated"'],
    [{ confirm: "x" }, "", "unknown", '"confirm"'],
  ])("an invalid argument is reported before anything is sent: %j", async (args, argument, ...facts) => {
    const { call, simulator } = await start();
    expectMistake(await call("hcloud_list_images", args), argument, ...facts, "hcloud_list_images");
    expect(simulator.requests).toEqual([]);
  });

  test("all invalid arguments are reported together", async () => {
    const { call } = await start();
    const told = failure(await call("hcloud_list_images", { page: 0, per_page: 99, typ: "app" }));
    expect(
      told
        .split("\n")
        .slice(0, 3)
        .map((line) => line.split(":")[0]?.split(" ")[0])
        .sort(),
    ).toEqual(["page", "per_page", "unknown"]);
  });

  test.each([
    ["env=prod,,a", 9],
    [" ", 1],
    ["env in (a,b", 11],
    ["env=prod a", 9],
    ["-x", 0],
    ["env=a$", 5],
  ])("a mistake in the selector %j is reported with its position", async (label_selector, position) => {
    const { call, simulator } = await start();
    const [problem, text, caret] = failure(await call("hcloud_list_images", { label_selector })).split("\n");
    expect(problem).toMatch(/^label_selector: /);
    expect(problem).toContain(` ${position + 1}`);
    expect(text).toBe(label_selector);
    expect(caret).toBe(new SelectorError("", label_selector, position).pointer.split("\n")[1]);
    expect(caret).toBe(`${" ".repeat(position)}^`);
    expect(simulator.requests).toEqual([]);
  });
});
