/** Answers `tools/list` and `tools/call`. */

import {
  type CallToolRequest,
  CallToolRequestSchema,
  ListToolsRequestSchema,
  type Result,
} from "@modelcontextprotocol/sdk/types.js";
import { explain } from "../call/explain.ts";
import { PendingForm } from "../call/person.ts";
import { runTool } from "../call/run.ts";
import { isObject } from "../json.ts";
import type { Tool } from "../tool.ts";
import { definitionOf } from "../tools/definition.ts";
import { DELETE_TOOL } from "../tools/deletion-targets.ts";
import { tools as allTools } from "../tools/index.ts";
import type { PageView } from "../view/page-data.ts";
import { defineListMethod, defineMethod, type Method, unknownNameError } from "./dispatch.ts";
import { canShowForms, createInputRequired, openChannel } from "./forms.ts";
import { canShowPages, createPageMeta, defineWithPage } from "./page.ts";
import { failure, success } from "./results.ts";
import { type Extra, openRequest, reportIfInternal, type Session } from "./session.ts";

type Definition = ReturnType<typeof definitionOf>;

export function createToolMethods(session: Session): Method[] {
  const { audit, client, codes, person, renames, operator, readOnly } = session;
  const allowed = readOnly ? allTools.filter(({ effect }) => effect === "read") : allTools;
  const offered = () => {
    const { tools } = operator.read().rules;
    return tools ? allowed.filter(({ name }) => tools.includes(name)) : allowed;
  };
  async function callTool(
    { name, arguments: args = {} }: CallToolRequest["params"],
    extra: Extra,
  ): Promise<Result> {
    const tool = allTools.find((tool) => tool.name === name);
    if (!tool) throw unknownNameError("tool", name, offered());
    if (!allowed.includes(tool)) return failure(readOnlySentence(name), client.redact);
    const isPatient = tool.effect === "read" && tool.patient === true;
    let view: PageView | undefined;
    const showPage = (shown: PageView) => {
      view = shown;
    };
    const options = {
      isPatient,
      cannotDelete: explainNoDeletion(session, extra),
      ...(canShowPages(extra) && { showPage }),
    };
    const { start, reportWait } = openRequest(session, extra, options);
    const channel = openChannel(session, extra, reportWait);
    try {
      const result = await runTool(tool, { args, start, channel, person, renames, operator, codes, audit });
      if (result instanceof PendingForm) return createInputRequired(result, session);
      return { ...success(result, client.redact), ...(view && createPageMeta(view, client.redact)) };
    } catch (error) {
      extra.signal.throwIfAborted();
      reportIfInternal(error, name, session);
      return failure(explain(error, tool.effect !== "read"), client.redact);
    }
  }

  return [
    defineListMethod(ListToolsRequestSchema, (extra) => {
      const define = canShowPages(extra) ? defineWithPage : definitionOf;
      const hasPolicies = Object.keys(operator.read().rules.policies).length > 0;
      return {
        tools: offered().map((tool) => (hasPolicies ? define(tool) : omitPolicy(define(tool), tool))),
      };
    }),
    defineMethod(CallToolRequestSchema, callTool, isPlainCall),
  ];
}

/** Whether the params are a name and arguments, and no more. The schema drops an argument `__proto__`. */
function isPlainCall(params: unknown): boolean {
  if (!isObject(params) || Object.keys(params).length !== 2) return false;
  const { name, arguments: args } = params;
  return typeof name === "string" && isObject(args) && !Object.hasOwn(args, "__proto__");
}

/** Omits the argument that names a policy: without policies no value is valid, and each word costs tokens. */
function omitPolicy<T extends Definition>(definition: T, { policyArgument }: Tool): T {
  if (policyArgument === undefined) return definition;
  const schema = definition.inputSchema as { properties: Record<string, object> };
  const { [policyArgument]: _, ...properties } = schema.properties;
  return { ...definition, inputSchema: { ...schema, properties } };
}

/** Returns why no image of a plan can be deleted, because a plan needs no right to delete; null when one can. */
function explainNoDeletion({ readOnly, person, operator }: Session, extra: Extra): string | null {
  if (readOnly) return "this server runs read-only";
  const { rules, problem } = operator.read();
  if (problem !== undefined) return `the rules file set in HCLOUD_IMAGES_RULES cannot be used: ${problem}`;
  if (rules.tools && !rules.tools.includes(DELETE_TOOL))
    return `the operator's rules do not offer ${DELETE_TOOL}`;
  if (!person.isFormRequired || canShowForms(extra)) return null;
  const setting = person.mode === "form" ? " (HCLOUD_IMAGES_CONFIRM=form)" : "";
  return `this server asks the user by a form${setting}, and this request comes without forms`;
}

function readOnlySentence(tool: string): string {
  return `${tool} can change images, and this server was started read-only (read_only). Nothing was changed. To allow changes, restart the server without --read-only or HCLOUD_IMAGES_READ_ONLY.`;
}
