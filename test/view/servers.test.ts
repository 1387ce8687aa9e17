import { describe, expect, test } from "vitest";
import { labelServers } from "../../src/view/servers.ts";
import { snapshot } from "../support/random-images.ts";

function labelsOf(...servers: ([id: number, name: string] | null)[]): string[] {
  const images = servers.map((server, i) =>
    snapshot(i + 1, { created_from: server && { id: server[0], name: server[1] } }),
  );
  return images.map(labelServers(images));
}

describe("servers in a list", () => {
  test("a server has only its name when the name is unique", () => {
    expect(labelsOf([42, "web-1"], [43, "db.example.com"], [42, "web-1"], null)).toEqual([
      "web-1",
      "db.example.com",
      "web-1",
      "",
    ]);
  });

  test("a server has its id beside a name that another server of the list has", () => {
    expect(labelsOf([42, "web-1"], [43, "web-1"], [44, "db"])).toEqual(["web-1 (42)", "web-1 (43)", "db"]);
  });

  test("a renamed server has its id beside every name", () => {
    expect(labelsOf([42, "old"], [42, "new"], [43, "db"])).toEqual(["old (42)", "new (42)", "db"]);
  });

  test.each([
    ["", " (42)"],
    ["4711", "4711 (42)"],
    ["a\u200bb", "ab (42)"],
    ["x".repeat(63), `${"x".repeat(60)}... (+3 characters) (42)`],
    ["packer-0e559e4d-fbf4-a2f9-b4ac-7aa3dfd065d4", "packer... (42)"],
    ["0E559E4D-FBF4-A2F9-B4AC-7AA3DFD065D4-a", "...-a (42)"],
  ])("a server with the unusable name %j is %j", (name, label) => {
    expect(labelsOf([42, name])).toEqual([label]);
  });

  test("a server of another list has its id", () => {
    expect(labelServers([])(snapshot(1))).toBe("web-1 (42)");
  });
});
