/** `tools/list` and `tools/call`. */

import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { explain } from "../call/explain.ts";
import { PendingForm } from "../call/person.ts";
import { runTool } from "../call/run.ts";
import { definitionOf } from "../tools/definition.ts";
import { tools as allTools } from "../tools/index.ts";
import type { PageView } from "../view/page-data.ts";
import { handle, handleList, type Method, unknownName } from "./dispatch.ts";
import { inputRequired, openChannel, showsForms } from "./forms.ts";
import { definitionWithPage, pageMeta, showsPages } from "./page.ts";
import { failure, success } from "./results.ts";
import { type Extra, openRequest, reportIfInternal, type Session } from "./session.ts";

export function toolMethods(session: Session): Method[] {
  const { audit, client, codes, person, renames, readOnly } = session;
  const tools = readOnly ? allTools.filter(({ effect }) => effect === "read") : allTools;
  return [
    handleList(ListToolsRequestSchema, (extra) => ({
      tools: tools.map(showsPages(extra) ? definitionWithPage : definitionOf),
    })),
    handle(CallToolRequestSchema, async ({ name, arguments: args = {} }, extra) => {
      const tool = allTools.find((tool) => tool.name === name);
      if (!tool) throw unknownName("tool", name, tools);
      if (!tools.includes(tool)) return failure(readOnlySentence(name), client.redact);
      const isPatient = tool.effect === "read" && tool.patient === true;
      let view: PageView | undefined;
      const showPage = (shown: PageView) => {
        view = shown;
      };
      const options = {
        isPatient,
        cannotDelete: whyNoDeletion(session, extra),
        ...(showsPages(extra) && { showPage }),
      };
      const { start, tellWait } = openRequest(session, extra, options);
      const channel = openChannel(session, extra, tellWait);
      try {
        const result = await runTool(tool, { args, start, channel, person, renames, codes, audit });
        if (result instanceof PendingForm) return inputRequired(result, session);
        return { ...success(result, client.redact), ...(view && pageMeta(view, client.redact)) };
      } catch (error) {
        extra.signal.throwIfAborted();
        reportIfInternal(error, name, session);
        return failure(explain(error, tool.effect !== "read"), client.redact);
      }
    }),
  ];
}

/** Of a plan, which anybody may make. */
function whyNoDeletion({ readOnly, person }: Session, extra: Extra): string | null {
  if (readOnly) return "this server runs read-only";
  if (!person.wantsForms || showsForms(extra)) return null;
  const setting = person.mode === "form" ? " (HCLOUD_IMAGES_CONFIRM=form)" : "";
  return `this server asks the user by a form${setting}, and this request comes without forms`;
}

function readOnlySentence(tool: string): string {
  return `${tool} can change images, and this server was started read-only (read_only). Nothing was changed. To allow changes, restart the server without --read-only or HCLOUD_IMAGES_READ_ONLY.`;
}
