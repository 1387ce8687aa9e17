// Writes what is derived from the built server and package.json: parts of README.md and manifest.json, server.json; and draws
// icon.png. With --check it only compares.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { hosts } from "./hosts.mjs";
import { icon } from "./icon.mjs";

const { name, mcpName, version, description } = JSON.parse(readFileSync("package.json", "utf8"));

const client = new Client({ name: "generate", version: "1" });
await client.connect(new StdioClientTransport({ command: process.execPath, args: ["dist/index.js"] }));
const { tools } = await client.listTools();
await client.close();

const firstSentence = (/** @type {string} */ text) => `${text.split(". ")[0]?.replace(/\.$/, "")}.`;

const toolTable = [
  "| tool | what it does | asks first? |",
  "|---|---|---|",
  ...tools.map(({ name, description = "", annotations }) => {
    const asks = annotations?.destructiveHint ? "when something would be lost" : "no";
    return `| \`${name}\` | ${firstSentence(description)} | ${asks} |`;
  }),
].join("\n");

const help = execFileSync(process.execPath, ["dist/index.js", "--help"], { encoding: "utf8" });

let readme = readFileSync("README.md", "utf8");
readme = between(readme, "hosts", hosts(name));
readme = between(readme, "tools", toolTable);
readme = between(readme, "options", `\`\`\`text\n${help.trimEnd()}\n\`\`\``);

const manifest = JSON.parse(readFileSync("manifest.json", "utf8"));
manifest.version = version;
manifest.description = description;
manifest.tools = tools.map(({ name, description = "" }) => ({
  name,
  description: firstSentence(description),
}));

const server = JSON.parse(readFileSync("server.json", "utf8"));
server.name = mcpName;
server.version = version;
server.packages = [
  {
    registryType: "npm",
    identifier: name,
    version,
    runtimeHint: "npx",
    transport: { type: "stdio" },
    environmentVariables: [...help.matchAll(/^ {2}(?:--\S+.*, )?(HCLOUD_\w+) +(.+)$/gm)].map(
      ([, variable, description]) => {
        const token = variable === "HCLOUD_TOKEN";
        return { name: variable, description, isRequired: token, isSecret: token };
      },
    ),
  },
];

const json = (/** @type {object} */ data) => `${JSON.stringify(data, null, 2)}\n`;
const files = {
  "README.md": readme,
  "manifest.json": json(manifest),
  "server.json": json(server),
  "icon.png": icon(),
};
for (const [file, content] of Object.entries(files)) {
  if (existsSync(file) && readFileSync(file).equals(Buffer.from(content))) continue;
  if (process.argv.includes("--check")) {
    console.error(`${file} is stale: run npm run generate`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, content);
    console.log(`${file} written`);
  }
}

/**
 * The text with a new part between the comments `<!-- NAME -->` and `<!-- /NAME -->`.
 * @param {string} text
 * @param {string} name
 * @param {string} part
 */
function between(text, name, part) {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [head, rest] = text.split(start);
  const tail = rest?.split(end)[1];
  if (head === undefined || tail === undefined) throw new Error(`README.md has no part ${start} … ${end}`);
  return `${head}${start}\n${part}\n${end}${tail}`;
}
