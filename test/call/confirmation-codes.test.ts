import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { ConfirmationCodes } from "../../src/call/confirmation-codes.ts";
import { createRedactor } from "../../src/hcloud/redact.ts";
import { deletionWords } from "../../src/view/code-words.ts";
import { TOKEN } from "../support/answers.ts";
import { ALPHABET, agreement, openStore, TOOL, WORDS } from "../support/codes.ts";
import { FakeClock } from "../support/harness.ts";
import { HOSTILE_TEXTS } from "../support/hostile-text.ts";
import { snapshot } from "../support/random-images.ts";

describe("ConfirmationCodes", () => {
  test("a code returns the same call and images as often as it is looked up", () => {
    const { codes } = openStore();
    const [one, two] = [agreement(3), agreement(5)];
    const [first, second] = [one, two].map((each) => codes.issue(WORDS, each).confirm);
    for (const _ of [1, 2]) {
      expect(codes.find(first ?? "", TOOL)).toMatchObject(one);
      expect(codes.find(second ?? "", TOOL)).toMatchObject(two);
    }
  });

  test("a code works once", () => {
    const { codes, issue, find } = openStore();
    const [code, other] = [issue(), issue()];
    codes.redeem(code);
    expect(find(code)).toBe("used");
    expect(find(other)).toMatchObject(agreement());
  });

  test("a code is refused for another tool, without being used up", () => {
    const { find, issue, isValid } = openStore();
    const code = issue();
    expect(find(code, "hcloud_delete_images")).toBe("other");
    expect(isValid(code)).toBe(true);
  });

  test("a code is refused when one character differs", () => {
    const { issue, find, isValid } = openStore();
    const code = issue();
    const character = fc.constantFrom(...ALPHABET, ..."LO01AZ -_#.,é\n");
    fc.assert(
      fc.property(fc.nat(code.length - 1), character, (at, other) => {
        fc.pre(code[at] !== other);
        expect(find(code.slice(0, at) + other + code.slice(at + 1))).toBe("unknown");
      }),
      { numRuns: 1000 },
    );
    expect(isValid(code)).toBe(true);
  });

  test("a code is refused when it is cut, longer or spelled differently", () => {
    const { issue, find, isValid } = openStore();
    const code = issue();
    for (let length = 0; length < code.length; length++) {
      expect(find(code.slice(0, length))).toBe("unknown");
      expect(find(code.slice(code.length - length))).toBe("unknown");
    }
    const others = [`${code}0`, ` ${code}`, `${code} `, code.toUpperCase(), code.replace(" #", "  #")];
    for (const other of [...others, "__proto__", "constructor", ""]) {
      expect(find(other)).toBe("unknown");
    }
    expect(isValid(code)).toBe(true);
  });

  test("a code is refused by another server", () => {
    expect(openStore().find(openStore().issue())).toBe("unknown");
  });

  test("a code that was never issued cannot be used up", () => {
    const { codes, find } = openStore();
    codes.redeem("made-up");
    expect(find("made-up")).toBe("unknown");
  });
});

describe("text of a code", () => {
  test("a code starts with its words and ends in twelve random characters", () => {
    expect(openStore().issue()).toMatch(
      new RegExp(`^delete 4 snapshots, 41\\.01 GB, web-1 3, db-1 1 #[${ALPHABET}]{12}$`),
    );
  });

  test("a code has at most 100 harmless characters, whatever its words are", () => {
    const words = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...Object.values(HOSTILE_TEXTS)));
    const { issue } = openStore();
    fc.assert(
      fc.property(words, (text) => {
        const code = issue(1, text);
        expect(code.length).toBeLessThanOrEqual(100);
        expect(code.trimStart()).toMatch(/^([A-Za-z0-9,._-]+ )*#[2-9a-z]{12}$/);
      }),
    );
  });

  test("a code replaces harmful characters and runs of blanks by one blank, and has none at its ends", () => {
    const { issue } = openStore();
    expect(issue(1, " \nAz09 ,._-\n \u202e#é;Z  z\t").slice(0, -12)).toBe("Az09 ,._- Z z #");
  });

  test("a code contains the first 86 characters of longer words", () => {
    const { issue } = openStore();
    expect(issue(1, "x".repeat(86)).indexOf("#")).toBe(87);
    expect(issue(1, `${"x".repeat(86)}y`).slice(80, 88)).toBe("xxxxxx #");
    expect(issue(1, `${"x".repeat(85)} y`).slice(80, 87)).toBe("xxxxx #");
  });

  test("a code contains no piece of the token, so that redaction cannot break it", () => {
    const codes = new ConfirmationCodes(new FakeClock(), createRedactor(TOKEN));
    for (const name of [TOKEN, TOKEN.slice(5, 13), Array.from(TOKEN).join("\u200b")]) {
      const words = deletionWords([snapshot(12, { created_from: { id: 1, name } })]);
      const { confirm } = codes.issue(words, agreement());
      expect(createRedactor(TOKEN)(confirm)).toBe(confirm);
      expect(confirm).toMatch(/^delete snapshot 12, 1\.50 GB, redacted #/);
      expect(codes.find(confirm, TOOL)).toMatchObject(agreement());
    }
  });

  test("a code contains 60 random bits: each of the 12 characters is one of 32", () => {
    const { issue } = openStore();
    const tails = Array.from({ length: 3_200 }, () => issue(0).slice(-12));
    expect(new Set(tails).size).toBe(tails.length);
    for (let at = 0; at < 12; at++) {
      const counts = new Map<string, number>();
      for (const tail of tails) counts.set(tail.charAt(at), (counts.get(tail.charAt(at)) ?? 0) + 1);
      expect([...counts.keys()].sort().join("")).toBe(ALPHABET);
      // 100 on average; a fair source leaves these limits in one of 10^9 runs.
      expect(Math.min(...counts.values())).toBeGreaterThan(35);
      expect(Math.max(...counts.values())).toBeLessThan(180);
    }
  });

  test("a code does not depend on Math.random, which is predictable", () => {
    const random = vi.spyOn(Math, "random").mockReturnValue(0.5);
    const { issue } = openStore();
    expect(new Set(Array.from({ length: 100 }, () => issue())).size).toBe(100);
    expect(random).not.toHaveBeenCalled();
    random.mockRestore();
  });
});
