/** Errors of the confirmation gate, of forms and of the operator's rules. */

import { alter, question, start } from "../answers.ts";
import { aged, DELETE, isRead, PLAN } from "../cleanup.ts";
import { temporaryFolder } from "../folder.ts";
import { accepting, NO_FORMS, startStates } from "../form-state.ts";
import { type Act, type FormOptions, keeps, type ShownForm, silent, startForms, yes } from "../forms.ts";
import { FIRST, IMAGES, REMOVE, SECOND, UPDATE } from "../forms-cases.ts";
import { NOON } from "../harness.ts";
import { startWithRules } from "../rules.ts";
import { type ErrorSentence, readError, readReasons } from "./error-sentence.ts";

const ID = { id: FIRST };

/** Collects the errors of codes that do not confirm their call. */
export async function collectRefusedCodes(): Promise<ErrorSentence[]> {
  const harness = await startWithRules("min_age_days = 1", { images: IMAGES });
  const { call, clock, file } = harness;
  const codeFor = async (args: object = ID) => question(await call(REMOVE, { ...args })).confirm;
  const refused = async (args: object) => readReasons(REMOVE, await call(REMOVE, { ...args }), "refused");
  const said = [...(await refused({ ...ID, confirm: "mistyped" }))];
  const confirm = await codeFor();
  said.push(...(await refused({ id: SECOND, confirm })), ...(await rejectedBy(call, confirm)));
  alter(harness, FIRST, { description: "theirs" });
  said.push(...(await refused({ ...ID, confirm })));
  const another = await codeFor();
  file.replace("min_age_days = 2");
  said.push(...(await refused({ id: SECOND, confirm: another })));
  const late = await codeFor({ id: SECOND });
  clock.pass(3_600_000);
  said.push(...(await refused({ id: SECOND, confirm: late })));
  const used = question(await call(DELETE, { ids: [1003, 1004] })).confirm;
  await call(DELETE, { ids: [1003], confirm: used });
  said.push(...readReasons(DELETE, await call(DELETE, { ids: [1004], confirm: used }), "refused"));
  return said;
}

/** Collects the error of an image that has become the last one of its server. */
export async function collectLastImageErrors(): Promise<ErrorSentence[]> {
  const { call, simulator } = await start({ images: [aged(1, 1), aged(2, 2)] });
  const { confirm } = question(await call(REMOVE, { id: 1 }));
  simulator.state.images.delete(2);
  return [readError(REMOVE, await call(REMOVE, { id: 1, confirm }))];
}

async function rejectedBy(
  call: Awaited<ReturnType<typeof start>>["call"],
  confirm: string,
): Promise<ErrorSentence[]> {
  return readReasons(UPDATE, await call(UPDATE, { ...ID, labels: {}, confirm }), "refused");
}

const ERA = "2025-11-25";

/** Collects the reasons of forms that a person declines or nobody answers. */
export async function collectFormErrors(): Promise<ErrorSentence[]> {
  const asked = async (person: (form: ShownForm) => Act, options: FormOptions = {}) =>
    (await startForms({ era: ERA, images: IMAGES, person, ...options })).call(REMOVE, ID);
  const nothing: Act = { reply: { action: "accept", content: {} }, ms: 5_000 };
  const broken: Act = { reply: "error", ms: 5_000 };
  const unanswered = [(form: ShownForm) => yes(form, 500), () => nothing, () => broken, silent];
  const noes = [
    keeps,
    ...(["decline", "cancel"] as const).map((action) => () => ({ reply: { action }, ms: 5_000 })),
  ];
  const said: ErrorSentence[] = [];
  for (const person of unanswered) said.push(...readReasons(REMOVE, await asked(person), "unanswered"));
  for (const person of noes) said.push(...readReasons(REMOVE, await asked(person), "summary", "next"));
  said.push(readError(REMOVE, await asked(silent, { confirm: "form" })));
  return [...said, ...(await collectUnavailableForms()), ...(await collectMovingTarget())];
}

async function collectUnavailableForms(): Promise<ErrorSentence[]> {
  const strict = await start({ images: IMAGES, confirm: "form" });
  const said = [readError(REMOVE, await strict.call(REMOVE, ID))];
  const { send, open, clock } = await startStates();
  await send(REMOVE, ID);
  clock.pass(40_000);
  said.push(...readReasons(REMOVE, await send(REMOVE, ID), "unanswered"));
  const { state } = await open(REMOVE, { id: SECOND });
  await send(REMOVE, { id: SECOND }, { requestState: state, inputResponses: { choice: accepting("keep") } });
  return [...said, readError(REMOVE, await send(REMOVE, ID, {}, NO_FORMS))];
}

async function collectMovingTarget(): Promise<ErrorSentence[]> {
  const harness = await startForms({ era: ERA, images: IMAGES });
  harness.person = (form, number) => {
    alter(harness, FIRST, { description: `changed ${number}` });
    return yes(form);
  };
  return [readError(REMOVE, await harness.call(REMOVE, ID))];
}

const RULES_FILES = [
  "nevr = []",
  'never = ["role in (a"]',
  "min_age_days =",
  'min_age_days = "3 days"',
  'delete = "never"',
  'tools = ["hcloud_delete_imges"]',
  "[policies.nightly]\nids = [1]",
  '[policies."a b"]\nkeep_last = 1',
  " \n",
  "# nothing",
  `never = ["a"] # ${"x".repeat(100_000)}`,
];

/** Collects the errors of the operator's rules and of unusable rules files. */
export async function collectRuleErrors(): Promise<ErrorSentence[]> {
  const said: ErrorSentence[] = [];
  for (const rules of RULES_FILES) said.push(await refusedBy(rules, REMOVE, ID));
  for (const rulesFile of ["rules.toml", "/nowhere/rules.toml", "/"])
    said.push(readError(REMOVE, await (await start({ images: IMAGES, rulesFile })).call(REMOVE, ID)));
  const two = { ids: [FIRST, SECOND] };
  const perDay = "max_images_per_day = 1";
  const uncountable = await startWithRules(perDay, { images: IMAGES, auditFile: temporaryFolder() });
  said.push(readError(REMOVE, await uncountable.call(REMOVE, ID)));
  const { rulesFile } = uncountable.file;
  const uncounted = await start({ images: IMAGES, rulesFile });
  return [
    ...said,
    ...(await collectBrokenRules()),
    readError(REMOVE, await uncounted.call(REMOVE, ID)),
    await refusedBy(perDay, DELETE, two),
    await refusedBy(perDay, REMOVE, ID, { now: () => NOON - 3 * 3_600_000 }),
    await refusedBy("max_images_per_call = 1", DELETE, two),
    await refusedBy('never = ["env=prod"]', REMOVE, ID),
    await refusedBy('delete = "bin first"', REMOVE, ID),
    ...(await collectBinFirst()),
    await refusedBy("keep_at_least = 9", REMOVE, ID),
    await refusedBy("keep_at_least = 9", DELETE, two),
    await refusedBy('tools = ["hcloud_list_images"]', REMOVE, ID),
    await refusedBy("[policies.nightly]\nkeep_last = 1", PLAN, { policy: "nighty" }),
  ];
}

/** Collects the refusals of images that must be in the bin first, and of those that already are. */
async function collectBinFirst(): Promise<ErrorSentence[]> {
  const harness = await startWithRules('delete = "bin first"', { images: IMAGES });
  const { call } = harness;
  await call("hcloud_bin_images", { ids: [FIRST] });
  const said = [
    readError(REMOVE, await call(REMOVE, ID)),
    readError(DELETE, await call(DELETE, { ids: [FIRST, SECOND] })),
  ];
  alter(harness, FIRST, { labels: { "bin/due": "soon" } });
  return [...said, readError(REMOVE, await call(REMOVE, ID))];
}

/** Collects the reasons of a rules file that becomes invalid or changes after a code was accepted. */
async function collectBrokenRules(): Promise<ErrorSentence[]> {
  const said: ErrorSentence[] = [];
  for (const next of ["nevr = []", "min_age_days = 2"]) {
    const { call, file, simulator } = await startWithRules("min_age_days = 1", { images: IMAGES });
    const { confirm } = question(await call(DELETE, { ids: [FIRST] }));
    simulator.intercept = (request) => {
      if (isRead(request)) file.replace(next);
    };
    said.push(...readReasons(DELETE, await call(DELETE, { confirm, count: 1 }), "skipped"));
  }
  return said;
}

async function refusedBy(
  rules: string,
  tool: string,
  args: object,
  more: object = {},
): Promise<ErrorSentence> {
  const { call } = await startWithRules(rules, { images: [...IMAGES, aged(1010, 1)], ...more });
  return readError(tool, await call(tool, { ...args }));
}

/** Collects the errors of an audit file that cannot be written and of a read-only server. */
export async function collectModeErrors(): Promise<ErrorSentence[]> {
  const unaudited = await start({ images: IMAGES, auditFailure: "ENOSPC" });
  const reading = await start({ readOnly: true, now: () => NOON });
  return [
    readError(REMOVE, await unaudited.call(REMOVE, ID)),
    readError(REMOVE, await reading.call(REMOVE, ID)),
  ];
}
