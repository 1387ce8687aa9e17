import { describe, expect, test } from "vitest";
import { commonLabels, labelsText, viewLabels } from "../../src/view/labels.ts";

describe("labels as an object", () => {
  test("all labels are there, whatever their keys are", () => {
    const labels = JSON.parse('{"__proto__": "a", "constructor": "b", "0": "c", "": "d"}');
    expect(Object.entries(viewLabels(labels))).toEqual(Object.entries(labels));
  });

  test("labels with keys that look the same remain separate, each with its value", () => {
    const labels = { env: "a", "e\u200bnv": "b", "\u202eenv": "c", other: "d" };
    expect(Object.entries(viewLabels(labels))).toEqual([
      ["env", "a"],
      ["env (2)", "b"],
      ["env (3)", "c"],
      ["other", "d"],
    ]);
  });

  test("a hundred thousand labels that look the same are all there", () => {
    const unseen = (i: number) =>
      Array.from(i.toString(2), (bit) => (bit === "1" ? "\u200b" : "\u200c")).join("");
    const labels = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, i) => [`a (${i % 9})${unseen(i)}`, "v"]),
    );
    expect(Object.keys(viewLabels(labels))).toHaveLength(100_000);
  });

  test("labels as long as the API allows are not cut", () => {
    const key = `${"p".repeat(253)}/${"k".repeat(63)}`;
    expect(viewLabels({ [key]: "v".repeat(63) })).toEqual({ [key]: "v".repeat(63) });
  });
});

describe("labels as a text", () => {
  test.each<[labels: Record<string, string>, text: string]>([
    [{}, ""],
    [{ env: "prod" }, "env=prod"],
    [{ env: "prod", keep: "", "a.b/c": "d" }, "env=prod keep= a.b/c=d"],
  ])("%j are %j", (labels, text) => {
    expect(labelsText(labels)).toBe(text);
  });

  test("a text of labels as long as the API allows is not cut", () => {
    const key = `${"p".repeat(253)}/${"k".repeat(63)}`;
    expect(labelsText({ [key]: "v".repeat(63) })).toBe(`${key}=${"v".repeat(63)}`);
  });

  test("an invalid label is quoted, and cannot be taken for another one", () => {
    expect(labelsText({ env: "a keep=" })).toBe('env="a keep="');
    expect(labelsText({ "a=b keep": "" })).toBe('"a=b keep"=');
    expect(labelsText({ env: 'x" keep="' })).toBe('env="x\\" keep=\\""');
  });

  test("a text of labels contains nothing invisible", () => {
    expect(labelsText({ "e\u200bnv": "a\u001b[2K\nb" })).not.toMatch(/\\u|\\n|\p{C}/u);
  });
});

describe("common labels", () => {
  const images = (...all: Record<string, string>[]) => all.map((labels) => ({ labels }));

  test("common labels have the same key and value in all images", () => {
    const all = images({ a: "1", b: "2", c: "" }, { c: "", b: "3", a: "1" }, { a: "1", c: "", b: "2" });
    expect(commonLabels(all)).toEqual({ a: "1", c: "" });
  });

  test("a single image, no image and inherited names have no common labels", () => {
    expect(commonLabels(images({ a: "1" }))).toEqual({});
    expect(commonLabels([])).toEqual({});
    expect(commonLabels(images({ toString: "1" }, {}))).toEqual({});
  });

  test("only common labels are omitted from the text of one image", () => {
    expect(labelsText({ a: "1", b: "2" }, { a: "1" })).toBe("b=2");
    expect(labelsText({ toString: "1" }, { a: "1" })).toBe("toString=1");
  });
});
