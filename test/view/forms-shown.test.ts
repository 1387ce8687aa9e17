import { describe, expect, test } from "vitest";
import { ESSENCE_CHARS, expectPlainForm, rowsOf } from "../support/form-text.ts";
import { ERAS } from "../support/forms.ts";
import { SHOWN, show } from "../support/shown-forms.ts";

test("each form has the text of forms.txt", async () => {
  const forms: string[] = [];
  for (const call of SHOWN) {
    const { message, requestedSchema } = await show(call, {}, { context: "shop" });
    expectPlainForm(message);
    const [choice] = Object.values(requestedSchema.properties);
    const options = choice?.oneOf?.map(({ const: word, title }) => `( ) ${word}: ${title}`);
    forms.push([`# When ${call.what}`, message, ...(options ?? [])].join("\n"));
  }
  await expect(`${forms.join("\n\n")}\n`).toMatchFileSnapshot("__snapshots__/forms.txt");
});

describe("the choice is one required field with two titled options, the harmless first, and no default", () => {
  test.each(ERAS)(
    "the choice is one required field with two options, the harmless first, without a default, in %s",
    async (era) => {
      for (const call of SHOWN) {
        const { mode, requestedSchema } = await show(call, {}, { era });
        const titles = ["No, change nothing", expect.stringMatching(/^Yes, \w.{10,90}$/)];
        const words = ["keep", expect.stringMatching(/^(delete|lift protection|overwrite|update)$/)];
        const choices =
          era === "2025-06-18"
            ? { enum: words, enumNames: titles }
            : { oneOf: words.map((word, i) => ({ const: word, title: titles[i] })) };
        expect(requestedSchema).toEqual({
          type: "object",
          properties: { choice: { type: "string", title: "Your choice", ...choices } },
          required: ["choice"],
        });
        expect(mode).toBe(era === "2025-06-18" ? undefined : "form");
      }
    },
  );
});

test("a form about thirty images lists eight", async () => {
  const { message } = await show(SHOWN[1] as (typeof SHOWN)[number]);
  expect(rowsOf(message)).toHaveLength(8);
  expect(message).toMatch(/\n- and 22 more$/);
});

describe("the beginning of a form says what a deletion is, where, and that it is for good", () => {
  test.each(SHOWN.slice(0, 3))(
    "the beginning of a form states the deletion, the project and the permanence $what",
    async (call) => {
      const { message } = await show(call, {}, { context: "shop" });
      const essence = message.slice(0, ESSENCE_CHARS).replace(/\s+/g, " ");
      expect(essence).toMatch(/^Delete (snapshot 1001|30 snapshots): [\d.]+ GB, saves [\d.]+ EUR a month\./);
      expect(essence).toContain("Project: context 'shop' of the hcloud CLI.");
      expect(essence).toContain("cannot be restored");
    },
  );
});

test("the form about the labels of one image names the image", async () => {
  const edit = SHOWN.find(({ what }) => what.startsWith("labels of one image"));
  const { message } = await show(edit as (typeof SHOWN)[number]);
  expect(message.slice(0, ESSENCE_CHARS)).toContain("1001");
});
