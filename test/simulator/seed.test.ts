import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { findLabelKeyProblem, findLabelValueProblem, isReservedKey } from "../../src/labels.ts";
import { seedActions, seedImages } from "../../src/simulator/seed.ts";
import { type Cloud, listedIds, startSimulated } from "../support/simulated.ts";

const DAY_MS = 86_400_000;
const NOW = Date.parse("2026-11-23T14:05:00Z");
const images = seedImages(NOW);
const actions = seedActions(NOW);
const ofType = (...types: string[]) => images.filter(({ type }) => types.includes(type));
const age = (image: Image, now = NOW) => (now - Date.parse(image.created)) / DAY_MS;

describe("seedImages", () => {
  test("the demo project is the same all day, and a day older on the next", () => {
    const midnight = Date.parse("2026-11-23T00:00:00Z");
    expect(seedImages(midnight)).toEqual(seedImages(midnight + DAY_MS - 1));
    expect(seedActions(midnight)).toEqual(seedActions(midnight + DAY_MS - 1));
    const later = seedImages(midnight + DAY_MS);
    expect(later.map(({ id }) => id)).toEqual(images.map(({ id }) => id));
    const moved = later.flatMap((image, index) => {
      const before = images[index];
      return before && before.created !== image.created ? [age(image, NOW + DAY_MS) - age(before)] : [];
    });
    expect(moved).toEqual(ofType("snapshot", "backup").map(() => 0));
  });

  test("the demo project is created each time, with nothing shared between images", () => {
    const spoilt = seedImages(NOW);
    for (const { labels, id } of spoilt) labels[`own-${id}`] = "yes";
    for (const { labels } of spoilt) expect(Object.keys(labels).join()).toMatch(/^[^-]*own-\d+$/);
    expect(seedImages(NOW)).toEqual(images);
  });

  test("the demo project has about sixty images, half of them its own", () => {
    expect(images.length).toBeGreaterThanOrEqual(60);
    expect(images.length).toBeLessThan(75);
    expect(ofType("snapshot", "backup").length).toBeGreaterThanOrEqual(30);
    expect(ofType("backup").length).toBeGreaterThanOrEqual(4);
  });

  test("the demo project has no id and no public name twice on the same architecture", () => {
    expect(new Set(images.map(({ id }) => id)).size).toBe(images.length);
    const names = ofType("system", "app").map(({ name, architecture }) => `${name} ${architecture}`);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names.filter((each) => each.endsWith("x86"))) {
      expect(names).toContain(name.replace("x86", "arm"));
    }
  });

  test("the demo project has the real ids of well-known images", () => {
    const named = Object.fromEntries(
      images.map((image) => [image.id, `${image.name} ${image.architecture}`]),
    );
    expect(named).toMatchObject({
      15512617: "ubuntu-20.04 x86",
      103908070: "ubuntu-20.04 arm",
      67794396: "ubuntu-22.04 x86",
      114690387: "debian-12 x86",
      114690389: "debian-12 arm",
      161547269: "ubuntu-24.04 x86",
      161547270: "ubuntu-24.04 arm",
      310554929: "debian-13 x86",
      387894169: "ubuntu-26.04 x86",
    });
  });

  test.each(images)("$id ($type) obeys the rules of its type", (image) => {
    const own = image.type === "snapshot" || image.type === "backup";
    expect(image.name === null).toBe(own);
    expect(image.bound_to === null).toBe(image.type !== "backup");
    if (image.type === "backup") {
      expect(image.created_from?.id).toBe(image.bound_to);
      expect(image.description).toBe(`${image.created_from?.name} backup`);
    }
    if (!own) {
      expect(image).toMatchObject({ image_size: null, created_from: null, labels: {}, disk_size: 5 });
      expect(image.protection.delete).toBe(false);
    }
    expect(image.image_size === null).toBe(!own || image.status === "creating");
    if (image.image_size !== null) {
      expect(Number(image.image_size.toFixed(2))).toBe(image.image_size);
      expect(image.image_size).toBeLessThan(image.disk_size);
    }
    expect(image.deprecated).toBe(image.deprecation?.announced ?? null);
    expect(age(image)).toBeGreaterThan(0);
    for (const [key, value] of Object.entries(image.labels)) {
      expect([findLabelKeyProblem(key), findLabelValueProblem(value), isReservedKey(key)]).toEqual([
        null,
        null,
        false,
      ]);
    }
  });

  test("the younger a snapshot of the demo project, the higher its id", () => {
    const own = ofType("snapshot", "backup").sort((a, b) => a.id - b.id);
    const dates = own.map(({ created }) => created);
    expect(dates).toEqual([...dates].sort());
  });

  test("some system images of the demo project are deprecated, and some are withdrawn", () => {
    const out = images.flatMap(({ name, deprecation }) => {
      return deprecation ? [[name, (Date.parse(deprecation.unavailable_after) - NOW) / DAY_MS] as const] : [];
    });
    expect(out.some(([, days]) => days < 0)).toBe(true);
    expect(out.some(([, days]) => days > 38 && days < 41)).toBe(true);
  });

  test("the demo project contains every difficulty of a clean-up", () => {
    const own = ofType("snapshot", "backup");
    const count = (predicate: (image: Image) => boolean) => own.filter(predicate).length;
    expect(count(({ status }) => status === "creating")).toBe(1);
    expect(count(({ status }) => status === "unavailable")).toBe(1);
    expect(count(({ created_from }) => created_from === null)).toBe(1);
    expect(count(({ protection }) => protection.delete)).toBe(2);
    expect(count(({ description }) => description === "packer-k3s-node")).toBe(3);
    expect(count(({ architecture }) => architecture === "arm")).toBeGreaterThanOrEqual(2);
    expect(count(({ labels }) => Object.keys(labels).length === 0)).toBeGreaterThanOrEqual(3);
    expect(count(({ labels }) => labels["keep"] === "")).toBeGreaterThanOrEqual(1);
    const hostile = own.find(({ description }) => description.includes("Ignore previous instructions"));
    for (const trap of ["\u001b[", "\u202e", "\n", "\u200b"]) expect(hostile?.description).toContain(trap);
  });

  test("the demo project has nightly snapshots from yesterday back to two hundred days ago", () => {
    for (const server of ["web-1", "db-1"]) {
      const ages = images
        .filter(({ description }) => description === `${server} nightly`)
        .map((each) => age(each));
      expect(Math.min(...ages)).toBeLessThan(2);
      expect(Math.max(...ages)).toBeGreaterThan(100);
      expect(ages.length).toBeGreaterThanOrEqual(4);
    }
  });
});

describe("actions of the demo project", () => {
  test("the actions of the demo project have ended, and concern existing images", () => {
    const known = new Set(images.map(({ id }) => id));
    for (const action of actions) {
      expect(action).toMatchObject({ status: "success", progress: 100, error: null });
      expect(Date.parse(action.finished ?? "")).toBeGreaterThan(Date.parse(action.started));
      expect(Date.parse(action.finished ?? "")).toBeLessThan(NOW);
      const image = action.resources.find(({ type }) => type === "image");
      expect(known).toContain(image?.id);
    }
    expect(new Set(actions.map(({ id }) => id)).size).toBe(actions.length);
  });

  test("the actions of the demo project explain each protected image", () => {
    for (const { id } of images.filter(({ protection }) => protection.delete)) {
      const commands = actions.filter(({ resources }) => resources.some((each) => each.id === id));
      expect(commands.map(({ command }) => command)).toEqual(["create_image", "change_protection"]);
    }
  });
});

describe("story of the demo", () => {
  const oldest = async ({ ask }: Cloud) =>
    listedIds(await ask("GET", "/images?label_selector=env%3Dstaging,!keep&sort=created:asc"));

  test("the demo finds old staging snapshots, keeps one, deletes the next, and is refused a golden one", async () => {
    const cloud = await startSimulated({ actionMs: 0 });
    const [first, second] = await oldest(cloud);
    const { image } = (await cloud.ask("GET", `/images/${first}`)).body;
    expect(image.created_from?.name).toBe("shop-staging");
    expect(age(image)).toBeGreaterThan(180);
    await cloud.ask("PUT", `/images/${first}`, { labels: { ...image.labels, keep: "" } });
    expect(await oldest(cloud)).toHaveLength(3);
    expect((await oldest(cloud))[0]).toBe(second);
    expect((await cloud.ask("DELETE", `/images/${second}`)).status).toBe(204);
    expect(await oldest(cloud)).toHaveLength(2);
    const [golden] = listedIds(await cloud.ask("GET", "/images?label_selector=role%3Dgolden"));
    expect((await cloud.ask("DELETE", `/images/${golden}`)).body.error.code).toBe("protected");
  });

  test("new actions have higher ids than the seeded ones", async () => {
    const { ask } = await startSimulated();
    const [golden] = listedIds(await ask("GET", "/images?label_selector=role%3Dgolden"));
    const { action } = (await ask("POST", `/images/${golden}/actions/change_protection`, { delete: false }))
      .body;
    expect(action.id).toBeGreaterThan(Math.max(...actions.map(({ id }) => id)));
    expect(listedIds(await ask("GET", `/images/${golden}/actions`))).toHaveLength(3);
  });
});
