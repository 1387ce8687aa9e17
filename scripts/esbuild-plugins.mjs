// esbuild plugins that keep the bundle small and fast: parts in separate files, and replacements for code of packages.
import { readFileSync } from "node:fs";

/**
 * Leaves modules with a dynamic import in separate files, which Node parses only when they are needed. Code that two files use
 * is in both files, so the parts must not share state.
 * @param {Record<string, string>} parts name of the file, by the imported path
 * @returns {import("esbuild").Plugin}
 */
export function splitParts(parts) {
  return {
    name: "apart",
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, kind }) =>
        kind === "dynamic-import" && parts[path]
          ? { path: `./${parts[path]}.js`, external: true }
          : undefined,
      );
    },
  };
}

/** The SDK loads ajv at start to check answers to forms; src/call/person.ts checks our only field itself. */
export const withoutAjv = replaceModule(
  "without-ajv",
  /ajv-provider\.js$/,
  "export class AjvJsonSchemaValidator {}",
);

/** zod adds two functions for JSON Schemas to each of the SDK's schemas; nothing calls them. */
export const withoutJsonSchema = replaceModule(
  "without-json-schema",
  /[./]to-json-schema\.js$/,
  `const nothing = () => undefined;
   export {
     nothing as createStandardJSONSchemaMethod, nothing as createToJSONSchemaMethod, nothing as extractDefs,
     nothing as finalize, nothing as handleUnrepresentable, nothing as initializeContext, nothing as processSchema,
   };`,
);

/** undici has two HTTP parsers. The one without SIMD runs everywhere, and responses here are too short for a difference. */
export const onlyOneParser = replaceModule(
  "only-one-parser",
  /llhttp_simd-wasm\.js$/,
  'module.exports = require("undici/lib/llhttp/llhttp-wasm.js");',
);

/**
 * undici's index also loads fetch, WebSocket, caches and mocks, which more than doubles its load time. The replacement repeats
 * what the index does for the two classes that src/hcloud/transport.ts imports; the client's tests run on the result.
 */
export const onlyDispatchers = replaceModule(
  "only-dispatchers",
  /^undici$/,
  `import connect from "undici/lib/api/api-connect.js";
   import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
   Dispatcher.prototype.connect = connect;
   export { default as Agent } from "undici/lib/dispatcher/agent.js";
   export { default as EnvHttpProxyAgent } from "undici/lib/dispatcher/env-http-proxy-agent.js";`,
);

/** The kinds of a message that is one of JSON-RPC, by the member that only this kind has. */
const KINDS = {
  JSONRPCRequest: '"method" in value && "id" in value',
  JSONRPCNotification: '"method" in value && !("id" in value)',
  JSONRPCResultResponse: '"result" in value',
  JSONRPCErrorResponse: '"error" in value',
};

/** src/mcp/stdio.ts passes the SDK only checked messages; the SDK checks each again by up to four schemas, for its kind. */
export const withoutSecondCheck = {
  name: "without-second-check",
  /** @param {import("esbuild").PluginBuild} build */
  setup(build) {
    build.onLoad({ filter: /sdk.dist.esm.types\.js$/ }, ({ path }) => {
      let contents = readFileSync(path, "utf8");
      for (const [kind, condition] of Object.entries(KINDS)) {
        const check = `(value) => ${kind}Schema.safeParse(value).success;`;
        if (!contents.includes(check)) throw new Error(`the SDK checks ${kind} in another way than before`);
        contents = contents.replace(check, `(value) => ${condition};`);
      }
      return { contents };
    });
  },
};

/**
 * Replaces a module by `contents`.
 * @param {string} name
 * @param {RegExp} filter matches the imported path
 * @param {string} contents
 * @returns {import("esbuild").Plugin}
 */
function replaceModule(name, filter, contents) {
  return {
    name,
    setup(build) {
      build.onResolve({ filter }, () => ({ path: name, namespace: name }));
      build.onLoad({ filter: /.*/, namespace: name }, () => ({ contents, resolveDir: "." }));
    },
  };
}
