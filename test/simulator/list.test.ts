import { describe, expect, test } from "vitest";
import { image, listedIds, startSimulated, withQuery } from "../support/simulated.ts";

const DAY_MS = 86_400_000;
const system = { type: "system", image_size: null, created_from: null } as const;

/** Made out of order, so that a list that is in order was put in order. */
const PROJECT = [
  image(7, { created: "2026-03-01T00:00:00+00:00", labels: { env: "staging", keep: "" } }),
  image(3, { created: "2026-05-01T00:00:00Z", labels: { env: "prod" }, architecture: "arm" }),
  image(5, { created: "2026-03-01T00:00:00Z", labels: { env: "staging" }, status: "unavailable" }),
  image(6, { type: "backup", bound_to: 42, created: "2026-06-01T00:00:00Z" }),
  image(4, { type: "backup", bound_to: 43, created: "2026-06-02T00:00:00Z", status: "creating" }),
  image(2, { ...system, name: "debian-12", created: "2023-01-01T00:00:00Z", architecture: "arm" }),
  image(1, { ...system, name: "debian-12", created: "2023-01-01T00:00:00Z" }),
  image(8, { ...system, name: "almalinux", type: "app", created: "2024-01-01T00:00:00Z" }),
];

describe("GET images", () => {
  test.each<[string, [string, string][], number[]]>([
    ["nothing: all, by id", [], [1, 2, 3, 4, 5, 6, 7, 8]],
    ["one type", [["type", "backup"]], [4, 6]],
    [
      "two types are either",
      [
        ["type", "backup"],
        ["type", "system"],
      ],
      [1, 2, 4, 6],
    ],
    [
      "status",
      [
        ["status", "creating"],
        ["status", "unavailable"],
      ],
      [4, 5],
    ],
    ["bound_to", [["bound_to", "42"]], [6]],
    [
      "bound_to twice",
      [
        ["bound_to", "42"],
        ["bound_to", "43"],
      ],
      [4, 6],
    ],
    ["bound_to an unknown server", [["bound_to", "99"]], []],
    [
      "an empty bound_to",
      [
        ["bound_to", "99"],
        ["bound_to", "null"],
      ],
      [],
    ],
    ["architecture", [["architecture", "arm"]], [2, 3]],
    [
      "architecture repeated, as the official clients do",
      [
        ["architecture", "arm"],
        ["architecture", "x86"],
      ],
      [1, 2, 3, 4, 5, 6, 7, 8],
    ],
    ["name, exactly", [["name", "debian-12"]], [1, 2]],
    ["part of a name", [["name", "debian"]], []],
    [
      "several filters must all hold",
      [
        ["type", "system"],
        ["architecture", "arm"],
      ],
      [2],
    ],
    ["label present and another absent", [["label_selector", "env=staging,!keep"]], [5]],
    ["label in a set", [["label_selector", "env in (prod, staging)"]], [3, 5, 7]],
    ["label with a value of no length", [["label_selector", "keep="]], [7]],
    [
      "label unequal, or not there",
      [
        ["label_selector", "env!=staging"],
        ["type", "snapshot"],
      ],
      [3],
    ],
    ["no selector to speak of", [["label_selector", ""]], [1, 2, 3, 4, 5, 6, 7, 8]],
    [
      "parameters that do not exist",
      [
        ["color", "red"],
        ["id", "1"],
      ],
      [1, 2, 3, 4, 5, 6, 7, 8],
    ],
  ])("images are filtered by %s", async (_, query, expected) => {
    const { ask } = await startSimulated({ images: PROJECT });
    const reply = await ask("GET", withQuery("/images", query));
    expect(reply.status).toBe(200);
    expect(listedIds(reply)).toEqual(expected);
    expect(reply.body.meta.pagination.total_entries).toBe(expected.length);
  });

  test.each([
    ["type", "temporary"],
    ["type", ""],
    ["type", "snapshot,backup"],
    ["status", "ready"],
    ["architecture", "x86_64"],
    ["include_deprecated", "yes"],
    ["sort", "size"],
    ["sort", "id:down"],
    ["sort", "name:asc:desc"],
    ["sort", "constructor"],
    ["label_selector", "env=*"],
    ["label_selector", "env in prod"],
    ["label_selector", "=prod"],
    ["page", "0"],
    ["page", "-1"],
    ["page", "two"],
    ["page", "1.5"],
    ["page", ""],
    ["per_page", "0"],
    ["per_page", "51"],
    ["per_page", "1e1"],
  ])("the filter %s=%s is refused, and the field is named", async (name, value) => {
    const { ask } = await startSimulated({ images: PROJECT });
    const reply = await ask("GET", withQuery("/images", [[name, value]]));
    expect(reply.status).toBe(422);
    expect(reply.body.error).toEqual({
      code: "invalid_input",
      message: `invalid input in field '${name}'`,
      details: { fields: [{ name, messages: [expect.stringMatching(/./)] }] },
    });
  });
});

describe("deprecated images", () => {
  const announced = "2026-10-01T07:00:00Z";
  const images = [
    image(1, system),
    image(2, {
      ...system,
      deprecated: announced,
      deprecation: { announced, unavailable_after: "2027-01-01T07:00:00Z" },
    }),
    image(3, {
      ...system,
      deprecated: announced,
      deprecation: { announced, unavailable_after: "2026-11-01T07:00:00Z" },
    }),
    image(4, { ...system, deprecated: announced }),
  ];

  test.each([
    ["", [1]],
    ["?include_deprecated=false", [1]],
    ["?include_deprecated=False", [1]],
    ["?include_deprecated=true", [1, 2, 4]],
    ["?include_deprecated=True", [1, 2, 4]],
    ["?include_deprecated=1", [1, 2, 4]],
  ])("/images%s lists %j", async (query, expected) => {
    const { ask } = await startSimulated({ images });
    expect(listedIds(await ask("GET", `/images${query}`))).toEqual(expected);
  });

  test("a deprecated image leaves the list when its time is over, and is still found by id", async () => {
    const { ask, clock } = await startSimulated({ images });
    clock.advance(39 * DAY_MS);
    expect(listedIds(await ask("GET", "/images?include_deprecated=true"))).toEqual([1, 4]);
    expect((await ask("GET", "/images/2")).body.image.id).toBe(2);
  });
});

describe("order of images", () => {
  test.each<[string[], number[]]>([
    [["id:desc"], [8, 7, 6, 5, 4, 3, 2, 1]],
    [["created"], [1, 2, 8, 5, 7, 3, 6, 4]],
    [["created:asc"], [1, 2, 8, 5, 7, 3, 6, 4]],
    [["created:desc"], [4, 6, 3, 5, 7, 8, 1, 2]],
    [["name"], [3, 4, 5, 6, 7, 8, 1, 2]],
    [
      ["name:desc", "id:desc"],
      [2, 1, 8, 7, 6, 5, 4, 3],
    ],
    [
      ["name", "created:desc"],
      [4, 6, 3, 5, 7, 8, 1, 2],
    ],
    [
      ["created", "id:desc"],
      [2, 1, 8, 7, 5, 3, 6, 4],
    ],
  ])("images are sorted by %j", async (sorts, expected) => {
    const { ask } = await startSimulated({ images: PROJECT });
    const query = sorts.map((sort): [string, string] => ["sort", sort]);
    expect(listedIds(await ask("GET", withQuery("/images", query)))).toEqual(expected);
  });
});
