/**
 * Checks label keys, label values and label selectors by the grammar of the Hetzner Cloud API reference ("Labels" and
 * "Label Selector") before a request is sent, so that an error shows the place of the mistake.
 */

import { quote } from "./text.ts";

const NAME = /^[a-z0-9A-Z](?:[-_.a-z0-9A-Z]{0,61}[a-z0-9A-Z])?$/;
const PREFIX = /^[a-z0-9A-Z](?:[-_.a-z0-9A-Z]{0,251}[a-z0-9A-Z])?$/;

/** Returns what is wrong with a label key, as a fragment of a sentence; null for a valid key. */
export function findLabelKeyProblem(key: string): string | null {
  const slash = key.indexOf("/");
  const prefix = slash < 0 ? null : key.slice(0, slash);
  if (prefix !== null && !PREFIX.test(prefix))
    return "its prefix before / must be a DNS name of at most 253 characters";
  if (!NAME.test(key.slice(slash + 1))) {
    return "a key is 1 to 63 letters, digits, - _ . and begins and ends with a letter or digit";
  }
  return null;
}

/** Returns what is wrong with a label value, as a fragment of a sentence; null for a valid value. */
export function findLabelValueProblem(value: string): string | null {
  if (value === "" || NAME.test(value)) return null;
  return "a value is empty or up to 63 letters, digits, - _ . and begins and ends with a letter or digit";
}

/** Whether the API reserves the key: a label with the prefix `hetzner.cloud/` can be read and selected, never set. */
export function isReservedKey(key: string): boolean {
  return key.startsWith("hetzner.cloud/");
}

/** One part of a label selector; an image must meet all parts. */
export type Requirement =
  | { key: string; op: "exists" | "absent" }
  | { key: string; op: "in" | "notin"; values: string[] };

/** Characters that an error shows before a mistake, and as many after it. */
const MAX_NEAR_CHARS = 200;

/** The error of a selector that does not parse; `position` counts UTF-16 units from 0. */
export class SelectorError extends Error {
  readonly selector: string;
  readonly position: number;

  constructor(problem: string, selector: string, position: number) {
    super(`${problem} at position ${position + 1}`);
    this.name = "SelectorError";
    this.selector = selector;
    this.position = position;
  }

  /** Two lines: the part of the selector near the mistake, and a caret under the mistake. */
  get pointer(): string {
    const start = Math.max(0, this.position - MAX_NEAR_CHARS);
    const near = this.selector.slice(start, this.position + MAX_NEAR_CHARS);
    const shown = near.replace(BLANK_OR_UNSEEN, (found) => " ".repeat(found.length));
    return `${shown}\n${" ".repeat(this.position - start)}^`;
  }
}

/** Blanks of any kind, and invisible characters. */
const BLANK_OR_UNSEEN = /[\s\p{C}\p{Default_Ignorable_Code_Point}]/gu;

/** Parses a label selector into requirements that must all hold. Throws {@link SelectorError}. */
export function parseSelector(selector: string): Requirement[] {
  let at = 0;
  const fail = (problem: string, position = at): never => {
    throw new SelectorError(problem, selector, position);
  };
  const quoteFound = () => {
    const point = selector.codePointAt(at) ?? 0;
    const quoted = JSON.stringify(String.fromCodePoint(point));
    return quoted.replace(BLANK_OR_UNSEEN, "") === quoted
      ? quoted
      : `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
  };
  const skipBlanks = () => {
    while (selector[at] === " ") at++;
  };
  const take = (token: string) => {
    skipBlanks();
    if (!selector.startsWith(token, at)) return false;
    at += token.length;
    return true;
  };
  const readWord = () => {
    skipBlanks();
    const start = at;
    while (at < selector.length && /[-_./a-zA-Z0-9]/.test(selector.charAt(at))) at++;
    return { text: selector.slice(start, at), start };
  };
  const readKey = () => {
    const { text, start } = readWord();
    if (text === "")
      fail(at < selector.length ? `expected a label key, found ${quoteFound()}` : "expected a label key");
    const problem = findLabelKeyProblem(text);
    if (problem) fail(`${quote(text)} is not a label key (${problem})`, start);
    return text;
  };
  const readValue = () => {
    const { text, start } = readWord();
    const problem = findLabelValueProblem(text);
    if (problem) fail(`${quote(text)} is not a label value (${problem})`, start);
    return text;
  };
  const readValueList = () => {
    if (!take("(")) fail('expected "("');
    const values = [readValue()];
    while (take(",")) values.push(readValue());
    if (!take(")")) fail('expected "," or ")"');
    return values;
  };
  const readRequirement = (): Requirement => {
    if (take("!")) return { key: readKey(), op: "absent" };
    const name = readKey();
    if (take("!=")) return { key: name, op: "notin", values: [readValue()] };
    if (take("==") || take("=")) return { key: name, op: "in", values: [readValue()] };
    const { text: operator, start } = readWord();
    if (operator === "in" || operator === "notin")
      return { key: name, op: operator, values: readValueList() };
    if (operator !== "") fail(`expected =, ==, !=, in or notin, found ${quote(operator)}`, start);
    return { key: name, op: "exists" };
  };

  const requirements = [readRequirement()];
  while (take(",")) requirements.push(readRequirement());
  skipBlanks();
  if (at < selector.length) fail(`expected "," or the end, found ${quoteFound()}`);
  return requirements;
}

/** Whether labels meet every requirement. As in Kubernetes, `!=` and `notin` also match when the key is absent. */
export function matchesSelector(
  requirements: readonly Requirement[],
  labels: Record<string, string>,
): boolean {
  return requirements.every((requirement) => {
    const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
    if ("values" in requirement) {
      const listed = value !== undefined && requirement.values.includes(value);
      return requirement.op === "in" ? listed : !listed;
    }
    return requirement.op === "exists" ? value !== undefined : value === undefined;
  });
}
