// What of the bundle waits in a file of its own, and what of the packages never gets into it.

/**
 * Leaves modules that are imported on demand to files beside the importing one, parsed only when they are asked for. What
 * two files share is in both, so a part must keep no state that the other looks at.
 * @param {Record<string, string>} parts by what the source imports: the name of the file
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

/** The SDK loads ajv at start to check what a client returns of a form; src/call/person.ts checks the one field of ours. */
export const withoutAjv = replaceModule(
  "without-ajv",
  /ajv-provider\.js$/,
  "export class AjvJsonSchemaValidator {}",
);

/** zod gives each of the SDK's schemas two functions that make JSON Schemas of it; nothing calls them. */
export const withoutJsonSchema = replaceModule(
  "without-json-schema",
  /[./]to-json-schema\.js$/,
  `const nothing = () => undefined;
   export {
     nothing as createStandardJSONSchemaMethod, nothing as createToJSONSchemaMethod, nothing as extractDefs,
     nothing as finalize, nothing as handleUnrepresentable, nothing as initializeContext, nothing as processSchema,
   };`,
);

/** undici has its HTTP parser twice; the one without SIMD runs everywhere, and no answer here is long enough for a difference. */
export const onlyOneParser = replaceModule(
  "only-one-parser",
  /llhttp_simd-wasm\.js$/,
  'module.exports = require("undici/lib/llhttp/llhttp-wasm.js");',
);

/**
 * undici's index loads fetch, WebSocket, caches and mocks as well, which more than doubles its time to load. This is what
 * that index does for the two classes which src/hcloud/transport.ts imports; the tests of the client run on the result.
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

/**
 * Puts `contents` in the place of a module.
 * @param {string} name
 * @param {RegExp} filter what the import of the module ends with
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
