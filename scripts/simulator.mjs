// The simulated cloud for scripts. It is TypeScript of this project: it is bundled for the run.
import { build } from "esbuild";

/**
 * @param {object} options as of src/simulator/http.ts
 * @returns {Promise<any>} a simulator
 */
export async function startSimulator(options) {
  const { outputFiles } = await build({
    entryPoints: ["src/simulator/http.ts"],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString("base64");
  const module = await import(`data:text/javascript;base64,${code}`);
  return module.startSimulator(options);
}
