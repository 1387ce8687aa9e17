/** What the lines of a form show of an image when not all of it fits. */

import { describe, expect, test } from "vitest";
import { describeImage, FORM_WIDTH_CHARS, lossesLine, renameLine } from "../../src/view/form-lines.ts";
import { aged } from "../support/cleanup.ts";

const LONG_KEY = "n".repeat(50);

describe("labels", () => {
  test("they are cut when they are long, and not left out", () => {
    const image = aged(1, 40, { labels: { [LONG_KEY]: "v" } });
    expect(describeImage(image, 70)).toMatch(/ GB, n{5,}…$/);
  });

  test("the label that keeps an image comes first", () => {
    const image = aged(1, 40, { labels: { [LONG_KEY]: "v", keep: "" } });
    expect(describeImage(image, 70)).toMatch(/ GB, keep= n+…$/);
    expect(describeImage(image)).toMatch(/ GB, keep= n+…$/);
  });

  test("they are left out where nothing of them would fit", () => {
    const image = aged(1, 40, { labels: { env: "prod" } });
    const { length } = describeImage({ ...image, labels: {} });
    expect(describeImage(image, length + 5)).not.toContain("env");
    expect(describeImage(image, length + 20)).toMatch(/, env=prod$/);
  });

  test("the loss of the label that keeps an image is named first", () => {
    const losses = [
      { key: LONG_KEY, was: "v", is: undefined },
      { key: "keep", was: "", is: undefined },
    ];
    expect(lossesLine(aged(7, 1), losses)).toMatch(/^7: keep "" is removed/);
  });
});

test("the line of a rename shows the end of a long name", () => {
  const line = renameLine(
    362118904,
    "web-1 weekly full snapshot of the production system GOLDEN do not delete",
  );
  expect(line).toBe('362118904 was called "web-1 weekly f…N do not delete" before a rename');
  expect(line.length).toBeLessThanOrEqual(FORM_WIDTH_CHARS - 2);
});
