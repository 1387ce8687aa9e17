/** `tools/list` and `tools/call`. */

import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { definitionOf } from "../call/definition.ts";
import { explain } from "../call/explain.ts";
import { runTool } from "../call/run.ts";
import { tools as allTools } from "../tools/index.ts";
import { handle, handleList, type Method, unknownName } from "./dispatch.ts";
import { failure, success } from "./results.ts";
import { reportIfInternal, type Session, startCall } from "./session.ts";

export function toolMethods(session: Session): Method[] {
  const { audit, client, codes, readOnly } = session;
  const tools = readOnly ? allTools.filter(({ effect }) => effect === "read") : allTools;
  return [
    handleList(ListToolsRequestSchema, () => ({ tools: tools.map(definitionOf) })),
    handle(CallToolRequestSchema, async ({ name, arguments: args = {} }, extra) => {
      const tool = allTools.find((tool) => tool.name === name);
      if (!tool) throw unknownName("tool", name, tools);
      if (!tools.includes(tool)) return failure(readOnlySentence(name), client.redact);
      const isPatient = tool.effect === "read" && tool.patient === true;
      const { api, call } = startCall(session, extra, isPatient);
      try {
        return success(await runTool(tool, { args, api, call, codes, audit }), client.redact);
      } catch (error) {
        extra.signal.throwIfAborted();
        reportIfInternal(error, name, session);
        return failure(explain(error, tool.effect !== "read"), client.redact);
      }
    }),
  ];
}

function readOnlySentence(tool: string): string {
  return `${tool} can change images, and this server was started read-only (read_only). Nothing was changed. To allow changes, restart the server without --read-only or HCLOUD_IMAGES_READ_ONLY.`;
}
