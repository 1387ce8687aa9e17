/** The versions of this package and of Node.js that matter at the start. */

/** The version in package.json, which the build inserts. */
declare const __VERSION__: string;

export const VERSION: string = __VERSION__;

/** The oldest Node.js that the package supports, as in package.json. */
export const MIN_NODE = "20.18.1";

export function isNodeTooOld(version: string): boolean {
  return toNumber(version) < toNumber(MIN_NODE);
}

/** Returns 20018001 for 20.18.1. Intl compares versions too, but loading it slows every start. */
function toNumber(version: string): number {
  return version.split(".").reduce((sum, part) => sum * 1000 + Number.parseInt(part, 10), 0);
}
