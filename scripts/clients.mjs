// Configuration of each MCP client, for README.md and docs/clients.md. All links and files derive from one launch.

const NAME = "hcloud-images";
const VARIABLE = "HCLOUD_TOKEN";

/** @typedef {{ command: string, args: string[], env: Record<string, string> }} Launch */

const prompt = {
  type: "promptString",
  id: "hcloud-token",
  description: "Hetzner Cloud API token",
  password: true,
};

/** @param {string} pkg the name of the npm package @param {string} token @returns {Launch} */
const npx = (pkg, token) => ({ command: "npx", args: ["-y", pkg], env: { [VARIABLE]: token } });

/** @param {string} pkg */
const asking = (pkg) => npx(pkg, `\${input:${prompt.id}}`);

/** Returns the commands that add the simulated project from a clone. */
export function demoCommands() {
  const server = '"$PWD/dist/index.js" --demo';
  return fenced(
    "sh",
    `claude mcp add ${NAME}-demo -- node ${server}`,
    `codex mcp add ${NAME}-demo -- node ${server}`,
    `gemini mcp add --scope user ${NAME}-demo node -- ${server}`,
  );
}

/** Returns the commands that add the published package. @param {string} pkg */
export function installCommands(pkg) {
  const set = `${VARIABLE}=your-token`;
  return fenced(
    "sh",
    `claude mcp add --scope user ${NAME} --env ${set} -- npx -y ${pkg}`,
    `codex mcp add ${NAME} --env ${set} -- npx -y ${pkg}`,
    `gemini mcp add --scope user --env ${set} ${NAME} npx -- -y ${pkg}`,
  );
}

/**
 * Returns the links and the file that add the published package.
 * @param {string} pkg
 * @param {string | undefined} releases address of the newest release
 */
export function installLinks(pkg, releases) {
  const release = releases ? `[the newest release](${releases})` : "a release";
  return [
    `- **VS Code**: [install](${vsCodeLink(asking(pkg))}). VS Code asks for the token.`,
    `- **Cursor**: [install](${cursorLink(npx(pkg, `\${env:${VARIABLE}}`))}). Cursor takes the token from its environment variable \`${VARIABLE}\`.`,
    `- **Claude Desktop**: open \`hcloud-images-mcp.mcpb\` from ${release}, or from \`npm run bundle\`. Claude Desktop asks for the token, or shows the simulated project.`,
  ].join("\n");
}

/** Returns the configuration file of each MCP client. @param {string} pkg */
export function configurationFiles(pkg) {
  const { command, args, env } = npx(pkg, "your token");
  const cmd = { command: "cmd", args: ["/c", command, ...args], env };
  return [
    "**Claude Desktop** (Settings → Developer → Edit Config, then restart), **Cursor** (`~/.cursor/mcp.json`), **Gemini CLI**",
    "(`~/.gemini/settings.json`):",
    "",
    json({ mcpServers: { [NAME]: { command, args, env } } }),
    "",
    "**Windows**, where the MCP client does not find `npx`:",
    "",
    json({ mcpServers: { [NAME]: cmd } }),
    "",
    "**VS Code** (`.vscode/mcp.json`):",
    "",
    json({ inputs: [prompt], servers: { [NAME]: asking(pkg) } }),
    "",
    "**Codex** (`~/.codex/config.toml`):",
    "",
    fenced(
      "toml",
      `[mcp_servers.${NAME}]`,
      `command = ${JSON.stringify(command)}`,
      `args = [${args.map((arg) => JSON.stringify(arg)).join(", ")}]`,
      `env = { ${VARIABLE} = "your token" }`,
    ),
  ].join("\n");
}

/** Returns a link through a redirect, because GitHub follows no vscode: links. */
function vsCodeLink(/** @type {Launch} */ launch) {
  const [inputs, config] = [[prompt], launch].map((part) => encodeURIComponent(JSON.stringify(part)));
  return `https://insiders.vscode.dev/redirect/mcp/install?name=${NAME}&inputs=${inputs}&config=${config}`;
}

/** Returns a link through a redirect, because GitHub follows no cursor: links. */
function cursorLink(/** @type {Launch} */ launch) {
  const config = Buffer.from(JSON.stringify(launch)).toString("base64");
  return `https://cursor.com/en/install-mcp?name=${NAME}&config=${encodeURIComponent(config)}`;
}

function json(/** @type {object} */ file) {
  return fenced(
    "json",
    JSON.stringify(file, null, 2).replace(
      /\[\s+("[^\]]*")\s+\]/g,
      (_, items) => `[${items.replace(/\s+/g, " ")}]`,
    ),
  );
}

function fenced(/** @type {string} */ language, /** @type {string[]} */ ...lines) {
  return [`\`\`\`${language}`, ...lines, "```"].join("\n");
}
