/** The sentence that refuses a call, a request or a setting. */

import { McpError } from "@modelcontextprotocol/sdk/types.js";
import { failure, failureCode } from "../answers.ts";
import type { Answer } from "../harness.ts";

export interface ErrorSentence {
  /** The error code, or the status of a result. */
  code: string;
  where: string;
  sentence: string;
}

/** Reads the error of a failed call. */
export function readError(where: string, answer: Answer): ErrorSentence {
  return { code: failureCode(answer), where, sentence: failure(answer) };
}

/** Reads the members of a result that say why something was not done. */
export function readReasons(where: string, { data }: Answer, ...members: string[]): ErrorSentence[] {
  return members.flatMap((member) => {
    const value = data[member];
    const isList = Array.isArray(value);
    const code = isList ? member : String(data["status"]);
    const reasons = isList ? value.map(({ why }) => why) : [value];
    return reasons.map((sentence) => ({ code, where, sentence: String(sentence) }));
  });
}

/** Reads the protocol error of a request; throws if the request succeeds. */
export async function readRequestError(where: string, request: Promise<unknown>): Promise<ErrorSentence> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof McpError)) throw error;
    const sentence = error.message.replace(/^MCP error -\d+: /, "");
    return { code: String(error.code), where, sentence };
  }
  throw new Error(`${where} was answered`);
}

/** Returns sorted lines without the parts that differ between runs. */
export function sortedLines(said: readonly ErrorSentence[]): string[] {
  const lines = said.map(({ code, where, sentence }) => {
    const told = sentence
      .replaceAll(/(?:\b[A-Z]:)?[\\/][^\s"]*[\\/](\w+\.(?:toml|json))/g, "/folder/$1")
      .replaceAll(/(correlation id|: action) \w+/g, "$1 …")
      .replaceAll(/ *\n/g, "⏎");
    return `${code} | ${where} | ${told}`;
  });
  return [...new Set(lines)].sort();
}
