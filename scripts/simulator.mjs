// The simulator for scripts, bundled for each run because Node 20 does not run TypeScript.
import { build } from "esbuild";

const { outputFiles } = await build({
  entryPoints: ["src/simulator/http.ts"],
  bundle: true,
  write: false,
  platform: "node",
  format: "esm",
});
const [file] = outputFiles;

const module = await import(
  `data:text/javascript;base64,${Buffer.from(file?.contents ?? []).toString("base64")}`
);

/** @type {(options?: object) => Promise<any>} */
export const startSimulator = module.startSimulator;
