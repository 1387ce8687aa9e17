/** Confirmation gate: a call that would lose data runs only once a person agreed, by a form or with a code. */

import type { Image } from "../hcloud/types.ts";
import type { Agreement, BulkTargets, Consent, Loss, Tool } from "../tool.ts";
import { ToolError } from "../tool-error.ts";
import { firstChange } from "../view/changes.ts";
import { writeForm } from "../view/form.ts";
import { digest } from "./digest.ts";
import type { GatedCall } from "./gated-call.ts";
import { changedTooOften, confirmationRequired, declined, formUnavailable } from "./not-confirmed.ts";
import { type Asked, type FormCall, isNo, PendingForm, whyUnanswered } from "./person.ts";
import { refuseAboveLimits } from "./rules.ts";

type AnyGatedTool = Extract<Tool, { effect: "destructive" }>;
type BulkTool = Extract<AnyGatedTool, { bulk: true }>;
type SingleTool = Exclude<AnyGatedTool, { bulk: true }>;

/** Number of forms that one call shows while other clients keep changing its target. */
const MAX_FORMS = 3;

/**
 * Runs the tool when a person agreed by a form or with a code, or when the call loses nothing. Otherwise returns a preview or the
 * person's no; a {@link PendingForm} when the client must show a form and call again.
 */
export async function runGated(tool: AnyGatedTool, call: GatedCall): Promise<object> {
  return tool.bulk ? runBulk(tool, call) : runSingle(tool, call);
}

async function runSingle(tool: SingleTool, gated: GatedCall): Promise<object> {
  const { input, person, recordOrAbort } = gated;
  const form = createFormCall(tool, gated);
  let asked: Answered | null = form && person.takeAnswer(form);
  for (let forms = 0; ; forms++) {
    if (asked && isNo(asked)) return declined(asked);
    const { api, call } = gated.work;
    const preview = await tool.preview(input, api, call);
    if (!preview) {
      recordOrAbort("started");
      return tool.run(input, api, call, null);
    }
    refuseByRules(tool, preview.images, gated);
    const change = asked?.answer === "yes" ? whatChanged(asked, preview.images) : undefined;
    if (asked && change === null) {
      admit(tool, preview.images, gated);
      recordOrAbort("confirmed", { by: "form" });
      return runAgreed(tool, asked.shown, gated);
    }
    const agreement = { tool: tool.name, input: digest(input), shown: { images: preview.images } };
    const { agreed, refused } = asked ? {} : redeemCode(tool, agreement, gated);
    if (agreed) return runAgreed(tool, agreed.shown, gated);
    if (!form && person.isFormRequired) throw formUnavailable(person);
    if (forms === MAX_FORMS) throw changedTooOften(MAX_FORMS);
    const details = await preview.details?.();
    const whole = {
      ...preview,
      warning: details?.warning,
      emptied: details?.emptied,
      shown: { ...preview.shown, ...details?.shown },
      lines: [...preview.lines, ...(details?.lines ?? [])],
    };
    const loss = gated.renames.addTo(whole, preview.images);
    const shown = { images: preview.images, emptied: loss.emptied };
    if (!form || (asked && whyUnanswered(asked)))
      return confirmationRequired(loss, { ...agreement, shown }, gated, { refused, asked });
    const ids = preview.images.map(({ id }) => id);
    const next = await ask(tool, { ...loss, change }, { ids, shown }, form, gated);
    if (next instanceof PendingForm) return next;
    asked = next;
  }
}

/** Runs the tool on what the user agreed to. */
function runAgreed(tool: SingleTool, { images, emptied }: BulkTargets, { input, work }: GatedCall) {
  return tool.run(input, work.api, { ...work.call, emptied }, images);
}

/** Uses up the call's code if the code covers what the call would do now; otherwise returns why not. */
function redeemCode(
  tool: SingleTool,
  agreement: Agreement,
  gated: GatedCall,
): { agreed?: Agreement | undefined; refused?: string | undefined } {
  const { confirm, codes, recordOrAbort } = gated;
  if (confirm === undefined) return {};
  const found = codes.find(confirm, agreement.tool);
  const refused = typeof found === "string" ? found : whyStale(found, agreement);
  if (refused) return { refused };
  const agreed = found as Agreement;
  if (!isCodeEnough(agreed, gated)) return {};
  // Nothing is awaited between finding and redeeming: of two calls with one code, the second finds the code used.
  admit(tool, agreed.shown.images, gated);
  recordOrAbort("confirmed", { by: "code" });
  codes.redeem(confirm);
  return { agreed };
}

/** Whether a code is enough, without a form. */
function isCodeEnough({ consent }: Agreement, { channel, person }: GatedCall): boolean {
  return channel ? person.isConsentValid(consent) : !person.isFormRequired;
}

/** Returns why a code does not cover what the call would do now, or null. */
function whyStale(found: Agreement, now: Agreement): string | null {
  if (found.input !== now.input) return "This code was issued for another tool or other arguments.";
  const change = firstChange(found.shown.images, now.shown.images);
  return change && `The target has changed since this code was issued: ${change}.`;
}

async function runBulk(tool: BulkTool, gated: GatedCall): Promise<object> {
  const { input, confirm, codes, person, recordOrAbort } = gated;
  const form = createFormCall(tool, gated);
  if (!form && person.isFormRequired) throw formUnavailable(person);
  if (confirm === undefined) return previewBulk(tool, gated);
  // A no counts even when the code is void.
  let asked = form && person.takeAnswer(form);
  if (asked && isNo(asked)) return declined(asked);
  const found = codes.find(confirm, tool.name);
  if (typeof found === "string") return previewBulk(tool, gated, found);

  const selected = tool.selectTargets(input, found.shown);
  refuseByRules(tool, selected.images, gated);
  const ids = selected.images.map(({ id }) => id);
  let { consent } = found;
  // What was said of a server holds for all of its targets together.
  let emptied: BulkTargets["emptied"] = found.shown.emptied?.filter((server) =>
    server.ids.every((id) => ids.includes(id)),
  );
  if (form && !isCodeEnough(found, gated)) {
    if (!asked) {
      const loss = await showBulk(tool, selected, gated);
      // The code stores the images, so that the form need not.
      const shown = { images: [], emptied: loss.emptied };
      const next = await ask(tool, loss, { ids, shown }, form, gated);
      if (next instanceof PendingForm) return next;
      asked = next;
    }
    if (isNo(asked)) return declined(asked);
    if (whyUnanswered(asked)) {
      return confirmBulk(tool, selected, gated, { asked });
    }
    // The code may have been used while the form was open.
    const still = codes.find(confirm, tool.name);
    if (typeof still === "string") return previewBulk(tool, gated, still);
    consent = person.consent();
    emptied = asked.shown.emptied;
  }
  admit(tool, selected.images, gated);
  recordOrAbort("confirmed", { by: isByForm(consent) ? "form" : "code", ids });
  codes.redeem(confirm);
  const { api, call } = gated.work;
  return tool.runBulk(selected, api, { ...call, consent, emptied });
}

async function previewBulk(tool: BulkTool, gated: GatedCall, refused?: string): Promise<object> {
  const { api, call } = gated.work;
  const targets = await tool.readTargets(gated.input, api, call).catch((error) => {
    // Without ids, no fresh preview can be made.
    throw refused && error instanceof ToolError
      ? new ToolError("code_refused", `${refused} ${error.message}`)
      : error;
  });
  refuseByRules(tool, targets.images, gated);
  return confirmBulk(tool, targets, gated, { refused });
}

/** Returns a preview of the targets with the code that confirms it. */
async function confirmBulk(
  tool: BulkTool,
  targets: BulkTargets,
  gated: GatedCall,
  why: { asked?: Asked; refused?: string | undefined },
): Promise<object> {
  const loss = await showBulk(tool, targets, gated);
  const agreement = { tool: tool.name, shown: { ...targets, emptied: loss.emptied } };
  return confirmationRequired(loss, agreement, gated, why);
}

/** Throws for what the operator's rules forbid, before anybody is asked. */
function refuseByRules(tool: AnyGatedTool, images: readonly Image[], { work, operator }: GatedCall): void {
  const { change } = tool;
  if (!change) return;
  const changed = selectChanged(tool, images);
  for (const image of changed) {
    const forbidden = work.api.forbid({ kind: change }, image);
    if (forbidden) throw forbidden;
  }
  refuseAboveLimits(operator, work.api, changed.length);
}

function admit(tool: AnyGatedTool, images: readonly Image[], { work }: GatedCall): void {
  if (tool.change) work.call.admit(selectChanged(tool, images).length);
}

/** Returns those of the preview's images that the call changes. */
function selectChanged({ isChanged }: AnyGatedTool, images: readonly Image[]): readonly Image[] {
  return isChanged ? images.filter(isChanged) : images;
}

async function showBulk(tool: BulkTool, targets: BulkTargets, { work, renames }: GatedCall): Promise<Loss> {
  return renames.addTo(await tool.show(targets, work.api), targets.images);
}

/** Returns what has changed since the form was shown, or null. */
function whatChanged({ shown: { images }, rulesChanged }: Answered, now: readonly Image[]): string | null {
  return rulesChanged ? "the operator's rules" : firstChange(images, now);
}

interface Answered extends Asked {
  /** Whether the operator's rules changed while the form was open. */
  rulesChanged?: boolean;
}

/** Shows a form; the call's time limit starts again after the answer. */
async function ask(
  { verb }: AnyGatedTool,
  { shown, warning, emptied: _, ...loss }: Loss & { change?: string | null | undefined },
  targets: { ids: readonly number[]; shown: BulkTargets },
  form: FormCall,
  gated: GatedCall,
): Promise<Answered | PendingForm> {
  const { api, call } = gated.work;
  const { digest: before } = gated.operator.read();
  // A cancelled call must show no form, and reading the price does not fail when the call is cancelled.
  api.signal.throwIfAborted();
  const written = writeForm({
    ...shown,
    ...loss,
    warning: warning?.inForm,
    verb,
    project: call.projectInForm,
  });
  const asked = await gated.person.ask(written, targets, form);
  gated.renew();
  if (asked instanceof PendingForm) return asked;
  return { ...asked, rulesChanged: before !== gated.operator.read().digest };
}

const isByForm = (consent: Consent | undefined) => consent !== undefined && consent !== "unanswered";

/** Returns null when the client must show no form. */
function createFormCall({ name, verb }: AnyGatedTool, gated: GatedCall): FormCall | null {
  const { channel, input, confirm, record, recordOrAbort } = gated;
  return channel && { channel, tool: name, input: digest({ input, confirm }), verb, record, recordOrAbort };
}
