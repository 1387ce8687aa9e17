/** What the confirmation gate, the forms and the operator's rules refuse with. */

import { alter, question, start } from "../answers.ts";
import { aged, DELETE, isRead, PLAN } from "../cleanup.ts";
import { temporaryFolder } from "../folder.ts";
import { accepting, NO_FORMS, startStates } from "../form-state.ts";
import { type Act, type FormOptions, keeps, type ShownForm, silent, startForms, yes } from "../forms.ts";
import { FIRST, IMAGES, REMOVE, SECOND, UPDATE } from "../forms-cases.ts";
import { NOON } from "../harness.ts";
import { startWithRules } from "../rules.ts";
import { type Said, saidBy, saidIn } from "./said.ts";

const ID = { id: FIRST };

/** Codes that do not confirm the call that they come with. */
export async function saidOfRefusedCodes(): Promise<Said[]> {
  const harness = await startWithRules("min_age_days = 1", { images: IMAGES });
  const { call, clock, file } = harness;
  const codeFor = async (args: object = ID) => question(await call(REMOVE, { ...args })).confirm;
  const refused = async (args: object) => saidIn(REMOVE, await call(REMOVE, { ...args }), "refused");
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
  said.push(...saidIn(DELETE, await call(DELETE, { ids: [1004], confirm: used }), "refused"));
  return said;
}

async function rejectedBy(call: Awaited<ReturnType<typeof start>>["call"], confirm: string): Promise<Said[]> {
  return saidIn(UPDATE, await call(UPDATE, { ...ID, labels: {}, confirm }), "refused");
}

const LATE = "2025-11-25";

/** Forms that a person says no to, or that nobody answers. */
export async function saidOfForms(): Promise<Said[]> {
  const asked = async (person: (form: ShownForm) => Act, options: FormOptions = {}) =>
    (await startForms({ era: LATE, images: IMAGES, person, ...options })).call(REMOVE, ID);
  const nothing: Act = { reply: { action: "accept", content: {} }, ms: 5_000 };
  const broken: Act = { reply: "error", ms: 5_000 };
  const unanswered = [(form: ShownForm) => yes(form, 500), () => nothing, () => broken, silent];
  const noes = [
    keeps,
    ...(["decline", "cancel"] as const).map((action) => () => ({ reply: { action }, ms: 5_000 })),
  ];
  const said: Said[] = [];
  for (const person of unanswered) said.push(...saidIn(REMOVE, await asked(person), "unanswered"));
  for (const person of noes) said.push(...saidIn(REMOVE, await asked(person), "summary", "next"));
  said.push(saidBy(REMOVE, await asked(silent, { confirm: "form" })));
  return [...said, ...(await saidOfUnavailableForms()), ...(await saidOfMovingTarget())];
}

async function saidOfUnavailableForms(): Promise<Said[]> {
  const strict = await start({ images: IMAGES, confirm: "form" });
  const said = [saidBy(REMOVE, await strict.call(REMOVE, ID))];
  const { send, open, clock } = await startStates();
  await send(REMOVE, ID);
  clock.pass(40_000);
  said.push(...saidIn(REMOVE, await send(REMOVE, ID), "unanswered"));
  const { state } = await open(REMOVE, { id: SECOND });
  await send(REMOVE, { id: SECOND }, { requestState: state, inputResponses: { choice: accepting("keep") } });
  return [...said, saidBy(REMOVE, await send(REMOVE, ID, {}, NO_FORMS))];
}

async function saidOfMovingTarget(): Promise<Said[]> {
  const harness = await startForms({ era: LATE, images: IMAGES });
  harness.person = (form, number) => {
    alter(harness, FIRST, { description: `changed ${number}` });
    return yes(form);
  };
  return [saidBy(REMOVE, await harness.call(REMOVE, ID))];
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

/** Of the operator's rules, and of a file of them that cannot be used. */
export async function saidOfRules(): Promise<Said[]> {
  const said: Said[] = [];
  for (const rules of RULES_FILES) said.push(await refusedBy(rules, REMOVE, ID));
  for (const rulesFile of ["rules.toml", "/nowhere/rules.toml", "/"])
    said.push(saidBy(REMOVE, await (await start({ images: IMAGES, rulesFile })).call(REMOVE, ID)));
  const two = { ids: [FIRST, SECOND] };
  const perDay = "max_images_per_day = 1";
  const uncountable = await startWithRules(perDay, { images: IMAGES, auditFile: temporaryFolder() });
  said.push(saidBy(REMOVE, await uncountable.call(REMOVE, ID)));
  const { rulesFile } = uncountable.file;
  const uncounted = await start({ images: IMAGES, rulesFile });
  return [
    ...said,
    ...(await saidWhenRulesBreak()),
    saidBy(REMOVE, await uncounted.call(REMOVE, ID)),
    await refusedBy(perDay, DELETE, two),
    await refusedBy(perDay, REMOVE, ID, { now: () => NOON - 3 * 3_600_000 }),
    await refusedBy("max_images_per_call = 1", DELETE, two),
    await refusedBy('never = ["env=prod"]', REMOVE, ID),
    await refusedBy('delete = "bin first"', REMOVE, ID),
    await refusedBy("keep_at_least = 9", REMOVE, ID),
    await refusedBy("keep_at_least = 9", DELETE, two),
    await refusedBy('tools = ["hcloud_list_images"]', REMOVE, ID),
    await refusedBy("[policies.nightly]\nkeep_last = 1", PLAN, { policy: "nighty" }),
  ];
}

/** The rules file is spoiled, or has other rules, after a code was accepted. */
async function saidWhenRulesBreak(): Promise<Said[]> {
  const said: Said[] = [];
  for (const next of ["nevr = []", "min_age_days = 2"]) {
    const { call, file, simulator } = await startWithRules("min_age_days = 1", { images: IMAGES });
    const { confirm } = question(await call(DELETE, { ids: [FIRST] }));
    simulator.intercept = (request) => {
      if (isRead(request)) file.replace(next);
    };
    said.push(...saidIn(DELETE, await call(DELETE, { confirm, count: 1 }), "skipped"));
  }
  return said;
}

async function refusedBy(rules: string, tool: string, args: object, more: object = {}): Promise<Said> {
  const { call } = await startWithRules(rules, { images: [...IMAGES, aged(1010, 1)], ...more });
  return saidBy(tool, await call(tool, { ...args }));
}

/** An audit file that cannot be written, and a server that only reads. */
export async function saidOfModes(): Promise<Said[]> {
  const unaudited = await start({ images: IMAGES, auditFailure: "ENOSPC" });
  const reading = await start({ readOnly: true, now: () => NOON });
  return [saidBy(REMOVE, await unaudited.call(REMOVE, ID)), saidBy(REMOVE, await reading.call(REMOVE, ID))];
}
