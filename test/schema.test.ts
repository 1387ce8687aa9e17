import { expect, test } from "vitest";
import { failure, start } from "./support/answers.ts";

test("messages about many or long invalid arguments are limited", async () => {
  const { call } = await start();
  const args = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${i}${"x".repeat(1000)}`, i]));
  const told = failure(await call("hcloud_get_image", { id: 1, ...args }));
  const lines = told.split("\n");
  expect(lines).toHaveLength(22);
  expect(lines[0]).toMatch(/ "0x{319}\.{3} \(\+681 characters\)".* id\.$/);
  expect(lines[20]).toContain("180");
});
