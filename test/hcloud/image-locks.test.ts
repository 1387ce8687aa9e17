import { expect, test } from "vitest";
import { ImageLocks } from "../../src/hcloud/image-locks.ts";
import { FakeClock } from "../support/harness.ts";

const { signal } = new AbortController();

test("a change waits for an earlier one although a change between them has given up", async () => {
  const clock = new FakeClock();
  const locks = new ImageLocks();
  const ran: string[] = [];
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const run = (name: string, ms: number, until?: Promise<void>) =>
    locks.run(7, { signal, clock, deadline: clock.now() + ms }, async (late) => {
      ran.push(late ? `${name}: ${late.code}` : name);
      await until;
    });
  const first = run("first", 60_000, held);
  const second = run("second", 0);
  const third = run("third", 60_000);
  await second;
  expect(ran).toEqual(["first", "second: deadline_exceeded"]);
  letGo();
  await Promise.all([first, third]);
  expect(ran).toEqual(["first", "second: deadline_exceeded", "third"]);
});
