import { describe, expect, test } from "vitest";
import { createAudit } from "../../src/call/audit.ts";
import { HOSTILE_TEXTS } from "../support/hostile-text.ts";

const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u;

/** The line of an event, and the error of the file. */
function write(event: Record<string, unknown>, common: Record<string, unknown> = {}): string {
  const lines: string[] = [];
  expect(createAudit({ file: null, common, log: (line) => lines.push(line) })(event)).toBeNull();
  const [line = "", ...more] = lines;
  expect(more).toEqual([]);
  return line;
}

describe("audit lines", () => {
  test("an audit line begins with the time and the fields that all events have", () => {
    const parsed = JSON.parse(write({ tool: "x", demo: false }, { demo: true }));
    expect(Object.keys(parsed)).toEqual(["time", "demo", "tool"]);
    expect(parsed).toMatchObject({ tool: "x", demo: false });
  });

  test.each(Object.entries(HOSTILE_TEXTS))(
    "an audit line contains no invisible character, and loses none: %s",
    (_, text) => {
      const event = { args: { description: text, labels: { [text]: text } } };
      const line = write(event);
      expect(line).not.toMatch(UNSEEN);
      expect(JSON.parse(line).args).toEqual(JSON.parse(JSON.stringify(event.args)));
    },
  );

  test("an audit line keeps letters of all scripts", () => {
    expect(write({ a: "Zürich 東京 🦊" })).toContain('"a":"Zürich 東京 🦊"');
  });

  test("an audit line escapes a character beyond the first plane as two units", () => {
    expect(write({ a: "\u{e0041}\u009b" })).toContain('"a":"\\udb40\\udc41\\u009b"');
  });
});
