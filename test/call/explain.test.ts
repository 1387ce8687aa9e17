import { describe, expect, test } from "vitest";
import { explain } from "../../src/call/explain.ts";
import { classifyError } from "../../src/hcloud/error-table.ts";
import { HcloudError } from "../../src/hcloud/errors.ts";
import { ToolError } from "../../src/tool-error.ts";
import { expectPlain } from "../support/answers.ts";
import { NOTHING_CHANGED, NOTHING_SENT } from "../support/claims.ts";
import { HOSTILE_TEXTS } from "../support/hostile-text.ts";
import { expectInert } from "../support/inert.ts";
import { CODES } from "../support/sentences/table.ts";

/** What the sentences claim of what was done. */
const claims = (told: string) => [NOTHING_SENT, NOTHING_CHANGED].filter((claim) => told.includes(claim));

describe.each(CODES)("the explanation of %s", (code) => {
  const { effect } = classifyError({ code });

  test("an explanation has the code, plain sentences and a next step", () => {
    for (const change of [false, true]) {
      const told = explain(new HcloudError(code, "text of the API"), change);
      expectPlain(told, code);
      expect(told).toContain(classifyError({ code }).happened);
      expect(told.endsWith(classifyError({ code }).next)).toBe(true);
    }
  });

  test("an explanation claims of a change only what the error table says", () => {
    const ofChange = effect === "not_sent" ? [NOTHING_SENT] : [NOTHING_CHANGED];
    expect(claims(explain(new HcloudError(code, ""), true))).toEqual(
      code === "outcome_unknown" ? [] : ofChange,
    );
  });

  test("an explanation of a read says at most that nothing was sent", () => {
    const expected = effect === "not_sent" ? [NOTHING_SENT] : [];
    expect(claims(explain(new HcloudError(code, "")))).toEqual(expected);
    expect(claims(explain(new HcloudError(code, ""), false))).toEqual(expected);
  });
});

test("an error from a proxy is never explained as not sent", () => {
  const error = new HcloudError("connection_refused", "", { status: 502, notFromApi: true });
  expect(claims(explain(error, true))).toEqual([NOTHING_CHANGED]);
  expect(claims(explain(new HcloudError("dns_failed", "", { status: 500 }), false))).toEqual([]);
});

describe("explain", () => {
  const told = (message: string, fields: { name: string; messages: string[] }[] = []) =>
    explain(new HcloudError("locked", message, { correlationId: "c0ffee", fields }));

  test("the API's message is quoted after the code and the correlation id", () => {
    expect(told("image is busy")).toMatch(/ \(locked, correlation id c0ffee\): "image is busy"\. [A-Z]/);
    expect(explain(new HcloudError("locked", "image is busy"))).toMatch(/ \(locked\): "image is busy"\. /);
  });

  test("the API's message loses only its own full stop at the end", () => {
    expect(told("a. b.")).toContain(': "a. b". ');
  });

  test("an empty message is omitted", () => {
    expect(told("")).toMatch(/ \(locked, correlation id c0ffee\)\. [A-Z]/);
    expect(told(".")).toMatch(/ \(locked, correlation id c0ffee\)\. [A-Z]/);
  });

  test("the fields that the API refused are named", () => {
    const fields = [
      { name: "labels[env]", messages: ["is too long", "has blanks"] },
      { name: "type", messages: [] },
    ];
    expect(told("invalid input", fields)).toContain(
      ': "invalid input; labels[env]: is too long, has blanks; type: ". ',
    );
    expect(told("", fields.slice(0, 1))).toContain(': "labels[env]: is too long, has blanks". ');
  });

  test("the API's message is cut after 300 characters", () => {
    expect(told("x".repeat(300))).toContain(`: "${"x".repeat(300)}". `);
    expect(told("x".repeat(301))).toContain(`: "${"x".repeat(300)}... (+1 characters)". `);
  });

  test("the message of a missing token is not repeated", () => {
    expect(explain(new HcloudError("token_missing", "no token"))).not.toContain("no token");
  });

  test.each(Object.entries(HOSTILE_TEXTS))(
    "the API's message remains inert within its quotation marks: %s",
    (_, text) => {
      const sentence = told(text, [{ name: text, messages: [text] }]);
      expectInert(sentence);
      expect(sentence.replaceAll(/"(?:[^"\\]|\\.)*"/g, "_")).toBe(told("x").replace('"x"', "_"));
    },
  );
});

test("a tool's own error keeps its sentence, and its code is added", () => {
  expect(explain(new ToolError("invalid_input", "ids: is required"), true)).toBe(
    "ids: is required (invalid_input)",
  );
});

test("an internal error states only that the change may have been made", () => {
  for (const defect of [new TypeError("x is undefined"), "x", undefined, null]) {
    expect(explain(defect)).toContain("(internal_error)");
    const told = explain(defect, true);
    expect(told).toMatch(/\(internal_error\).*hcloud_get_image/);
    expect(claims(told)).toEqual([]);
    expect(told).not.toContain("undefined");
  }
});
