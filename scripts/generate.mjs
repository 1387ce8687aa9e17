// Writes what derives from the built server and package.json: parts of README.md and docs/, manifest.json, server.json, links to
// the repository, the configuration of the issue forms, icon.png and docs/demo.svg. With --check, only compares.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { configurationFiles, demoCommands, installCommands, installLinks } from "./clients.mjs";
import { drawTerminal, runDemo } from "./demo-picture.mjs";
import { drawIcon } from "./icon.mjs";
import { formatPagePicture } from "./page-picture.mjs";
import { deriveLinks, formatIssueConfig } from "./repository.mjs";

const pkg = JSON.parse(readFileSync("package.json", "utf8"));
const links = deriveLinks(pkg);
Object.assign(pkg, links?.package);
const { name, mcpName, version, description } = pkg;

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

// The last line contains the path of this clone.
const help = execFileSync(process.execPath, ["dist/index.js", "--help"], { encoding: "utf8" })
  .trimEnd()
  .replace(/\n+.*$/, "\n");

/** @type {Record<string, string>} */
const parts = {
  page: formatPagePicture(links?.files),
  "demo-commands": demoCommands(),
  "install-links": installLinks(name, links?.releases),
  "install-commands": installCommands(name),
  "configuration-files": configurationFiles(name),
  tools: toolTable,
  options: `\`\`\`text\n${help.trimEnd()}\n\`\`\``,
};
const documents = ["README.md", "docs/clients.md", "docs/tools.md", "docs/options.md"];

const manifest = JSON.parse(readFileSync("manifest.json", "utf8"));
manifest.version = version;
manifest.description = description;
manifest.tools = tools.map(({ name, description = "" }) => ({
  name,
  description: firstSentence(description),
}));
Object.assign(manifest, links?.manifest);

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
Object.assign(server, links?.server);

const json = (/** @type {object} */ data) => `${JSON.stringify(data, null, 2)}\n`;
const files = {
  "package.json": json(pkg),
  ...fillIn(documents),
  "manifest.json": json(manifest),
  "server.json": json(server),
  ".github/ISSUE_TEMPLATE/config.yml": formatIssueConfig(links?.security),
  "icon.png": drawIcon(),
  "docs/demo.svg": drawTerminal(runDemo()),
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
 * Returns the documents with new text between `<!-- NAME -->` and `<!-- /NAME -->`; throws if no document has a part.
 * @param {string[]} files
 */
function fillIn(files) {
  const missing = new Set(Object.keys(parts));
  const filled = files.map((file) => {
    const text = readFileSync(file, "utf8").replace(
      /(<!-- ([\w-]+) -->\n)[\s\S]*?(<!-- \/\2 -->)/g,
      (whole, start, name, end) => {
        missing.delete(name);
        return parts[name] === undefined ? whole : `${start}${parts[name]}\n${end}`;
      },
    );
    return [file, text];
  });
  if (missing.size > 0) throw new Error(`No document has a part for ${[...missing].join(", ")}`);
  return Object.fromEntries(filled);
}
