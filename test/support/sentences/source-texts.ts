/** The texts of errors, read from the syntax tree of the source. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { parseAst } from "vitest/node";

/** Functions and classes that refuse a call or a setting: texts in their arguments are parts of errors. */
const CALLS = new Set([
  "ToolError",
  "RuleError",
  "ConfigError",
  "ProtocolError",
  "RulesError",
  "SelectorError",
  "SkipImageError",
  "invalidParamsError",
  "withProblem",
  "keptError",
  "refused",
  "refuse",
  "fail",
  "mustBe",
  "expecting",
  "addIssue",
  "refine",
  "superRefine",
  "regex",
  "min",
  "max",
  // Functions of the error table.
  "unchanged",
  "notSent",
  "unknown",
]);

/** Functions and constants that contain sentences or parts of them. */
const DEFINITIONS = new Set([
  "NOT_ISSUED",
  "UNANSWERED",
  "INTERNAL",
  "MAYBE_CHANGED",
  "EXPECTED_INSTANT",
  "EMPTY",
  "NOTHING",
  "findLabelKeyProblem",
  "findLabelValueProblem",
  "parseSelector",
  "unusable",
  "forbidden",
  "notOfferedSentence",
  "readOnlySentence",
  "formUnavailable",
  "declined",
  "whyStale",
  "readRulesText",
  "describeIssue",
  "unknownNameError",
  "effectSentence",
  "refuseReserved",
  "whyNotDeletable",
  "whyNotBinned",
  "whyNotRestored",
  "whySkipped",
  "binnedLabels",
  "restoredLabels",
  "parseFaults",
  "describeFirstProblem",
  "find",
]);

interface Node {
  type: string;
  [member: string]: unknown;
}

export interface Text {
  file: string;
  text: string;
  /** Matches every sentence with this text, with any values. */
  pattern: RegExp;
}

/** Files whose texts are no errors of the server: responses of the simulator, findings of the doctor. */
const NOT_ERRORS = /^(simulator.(?!faults)|doctor)/;

/** Returns every text of two or more words that is part of an error. */
export function readErrorTexts(): Text[] {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !NOT_ERRORS.test(file))
    .map((file) => join("src", file));
  return files.flatMap((file) => {
    const { code } = transformSync(readFileSync(file, "utf8"), { loader: "ts" });
    const texts = new Map(
      tellingIn(parseAst(code))
        .flatMap(partsOf)
        .map((parts) => [parts.join("…"), parts]),
    );
    return [...texts].map(([text, parts]) => ({
      file,
      text,
      pattern: new RegExp(parts.map(quoteMeta).join("[^]*")),
    }));
  });
}

/** Returns the outermost nodes that contain parts of errors. */
function tellingIn(value: unknown): Node[] {
  if (!isNode(value)) return [];
  const callee = value["callee"] as Node | undefined;
  const called = callee && nameOf(callee["property"] ?? callee);
  if (called !== undefined && CALLS.has(called))
    return [...(value["arguments"] as Node[]), ...tellingIn(callee?.["object"])];
  const defined = nameOf(value["id"] ?? value["key"]);
  const isDefinition = /^(VariableDeclarator|FunctionDeclaration|MethodDefinition)$/.test(value.type);
  if (isDefinition && defined !== undefined && DEFINITIONS.has(defined)) return [value];
  return childrenOf(value).flatMap(tellingIn);
}

/** Returns the texts in a node, each as the parts between its values. */
function partsOf(node: Node): string[][] {
  const own =
    node.type === "TemplateLiteral" ? (node["quasis"] as Node[]).map(cooked) : [String(node["value"])];
  const isText =
    node.type === "TemplateLiteral" || (node.type === "Literal" && typeof node["value"] === "string");
  // A rule's name only occurs within a sentence.
  const isTold = isText && own.some((part) => /[a-z]+,? [a-z]/i.test(part)) && !own[0]?.startsWith("rule ");
  return [...(isTold ? [own] : []), ...childrenOf(node).flatMap(partsOf)];
}

const cooked = ({ value }: Node) => (value as { cooked: string }).cooked;

const nameOf = (node: unknown) => (isNode(node) ? (node["name"] as string | undefined) : undefined);

function childrenOf(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

const quoteMeta = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
