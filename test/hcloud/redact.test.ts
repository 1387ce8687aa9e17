import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/hcloud/redact.ts";
import { TOKEN } from "../support/answers.ts";

const ALPHANUMERIC = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"];

const token = fc.string({ unit: fc.constantFrom(...ALPHANUMERIC), minLength: 64, maxLength: 64 });

/** A run of at least 8 characters of the token, as its start and its length. */
const run = fc
  .tuple(fc.nat(56), fc.integer({ min: 8, max: 64 }))
  .map(([start, length]) => [start, start + length] as const);

/** Text that has no 8 letters or digits in a row, and so no piece of any token. */
const plain = fc
  .array(fc.oneof(fc.string({ maxLength: 7 }), fc.string({ unit: "grapheme", maxLength: 7 })))
  .map((words) => words.join(" "));

function pieces(secret: string): string[] {
  return Array.from({ length: secret.length - 7 }, (_, start) => secret.slice(start, start + 8));
}

function leaks(secret: string, text: string): string[] {
  return pieces(secret).filter((piece) => text.includes(piece));
}

describe("createRedactor", () => {
  test("leaves no eight characters of the token in a text, wherever they are", () => {
    fc.assert(
      fc.property(token, fc.array(fc.tuple(plain, run)), plain, (secret, parts, end) => {
        const text = parts.map(([before, [from, to]]) => before + secret.slice(from, to)).join("") + end;
        const redacted = createRedactor(secret)(text);
        expect(leaks(secret, redacted)).toEqual([]);
        if (parts.length > 0) expect(redacted).toContain("[redacted]");
      }),
    );
  });

  test("keeps the text before and after", () => {
    fc.assert(
      fc.property(token, run, (secret, [from, to]) => {
        expect(createRedactor(secret)(`<é ${secret.slice(from, to)} ü>`)).toBe("<é [redacted] ü>");
      }),
    );
  });

  test("changes no text without pieces of the token", () => {
    fc.assert(
      fc.property(token, plain, (secret, text) => {
        expect(createRedactor(secret)(text)).toBe(text);
      }),
    );
  });

  test("redacts half a token that a message of the API quotes", () => {
    const message = `Limit of '3600' requests per hour for token '${TOKEN.slice(0, 32)}...' reached.`;
    expect(createRedactor(TOKEN)(message)).toBe(
      "Limit of '3600' requests per hour for token '[redacted]...' reached.",
    );
  });

  test.each([
    ["seven characters, which are too few to tell", TOKEN.slice(0, 7), TOKEN.slice(0, 7)],
    ["eight", TOKEN.slice(0, 8), "[redacted]"],
    ["the end of the token", TOKEN.slice(-8), "[redacted]"],
    ["the whole token twice, with nothing between", TOKEN + TOKEN, "[redacted][redacted]"],
    ["two pieces that overlap in the token", TOKEN.slice(0, 12) + TOKEN.slice(4, 16), "[redacted][redacted]"],
    ["a piece run on by other letters", `${TOKEN.slice(20, 30)}qqq`, "[redacted]qqq"],
    ["an empty text", "", ""],
  ])("handles %s", (_, text, expected) => {
    expect(createRedactor(TOKEN)(text)).toBe(expected);
  });

  test("redacts a token that repeats itself", () => {
    expect(createRedactor("ab".repeat(32))(`x${"ab".repeat(5)}x`)).toBe("x[redacted]x");
    expect(createRedactor("a".repeat(64))("a".repeat(200))).toBe("[redacted]");
  });

  test("takes a token shorter than a piece as one piece", () => {
    expect(createRedactor("s3cret")("the s3cret is s3cre")).toBe("the [redacted] is s3cre");
  });

  test("changes nothing without a token", () => {
    expect(createRedactor(null)("text")).toBe("text");
    expect(createRedactor("")("text")).toBe("text");
  });
});
