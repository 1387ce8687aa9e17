// How each MCP host is told to start the server, for the README. What a host wants is said once, links are made from it.

const NAME = "hcloud-images";
const VARIABLE = "HCLOUD_TOKEN";

/** @typedef {{ command: string, args: string[], env: Record<string, string> }} Launch */

/**
 * The README's part about hosts, in Markdown.
 * @param {string} pkg the name of the npm package
 */
export function hosts(pkg) {
  const npx = (/** @type {string} */ token) => ({
    command: "npx",
    args: ["-y", pkg],
    env: { [VARIABLE]: token },
  });
  const cmd = { ...npx("your token"), command: "cmd", args: ["/c", "npx", "-y", pkg] };
  const prompt = {
    type: "promptString",
    id: "hcloud-token",
    description: "Hetzner Cloud API token",
    password: true,
  };
  const asking = npx(`\${input:${prompt.id}}`);
  const set = `${VARIABLE}=your-token`;
  return [
    `**[Install in VS Code](${vsCodeLink(asking, prompt)})** asks for the token.`,
    `**[Install in Cursor](${cursorLink(npx(`\${env:${VARIABLE}}`))})** takes it from the variable \`${VARIABLE}\`.`,
    "",
    "**Claude Desktop**: open `hcloud-images-mcp.mcpb` (from a release, or made by `npm run bundle`); it asks for the token.",
    "Or Settings → Developer → Edit Config, then restart. **Cursor** takes the same in `~/.cursor/mcp.json`, **Gemini CLI** in",
    "`~/.gemini/settings.json`:",
    "",
    fenced("json", within("mcpServers", npx("your token"))),
    "",
    ...folded("Claude Code, Codex and Gemini CLI, by a command", [
      fenced(
        "sh",
        `claude mcp add --scope user ${NAME} --env ${set} -- npx -y ${pkg}`,
        `codex mcp add ${NAME} --env ${set} -- npx -y ${pkg}`,
        `gemini mcp add --scope user --env ${set} ${NAME} npx -- -y ${pkg}`,
      ),
      "",
      "In `~/.codex/config.toml` that is:",
      "",
      fenced(
        "toml",
        `[mcp_servers.${NAME}]`,
        `command = ${JSON.stringify(asking.command)}`,
        `args = ${spaced(asking.args)}`,
        `env = { ${VARIABLE} = "your token" }`,
      ),
    ]),
    "",
    ...folded("VS Code (<code>.vscode/mcp.json</code>)", [
      fenced("json", within("servers", asking, `  "inputs": [${spaced(prompt)}],`)),
    ]),
    "",
    ...folded("Windows, in hosts that do not find <code>npx</code>", [
      fenced("json", within("mcpServers", cmd)),
    ]),
  ].join("\n");
}

/** GitHub follows no vscode: links, hence the redirect. */
function vsCodeLink(/** @type {Launch} */ launch, /** @type {object} */ prompt) {
  const [inputs, config] = [[prompt], launch].map((part) => encodeURIComponent(JSON.stringify(part)));
  return `https://insiders.vscode.dev/redirect/mcp/install?name=${NAME}&inputs=${inputs}&config=${config}`;
}

/** Nor cursor: links. */
function cursorLink(/** @type {Launch} */ launch) {
  const config = Buffer.from(JSON.stringify(launch)).toString("base64");
  return `https://cursor.com/en/install-mcp?name=${NAME}&config=${encodeURIComponent(config)}`;
}

/** A host's configuration file, as JSON of few lines. */
function within(/** @type {string} */ key, /** @type {Launch} */ launch, /** @type {string[]} */ ...first) {
  return ["{", ...first, `  "${key}": {`, `    "${NAME}": ${spaced(launch)}`, "  }", "}"].join("\n");
}

/** JSON on one line, with blanks where a person writes them. */
function spaced(/** @type {object} */ value) {
  return JSON.stringify(value, null, 1)
    .replace(/\n\s*/g, " ")
    .replace(/\[ | \]/g, (bracket) => bracket.trim());
}

function fenced(/** @type {string} */ language, /** @type {string[]} */ ...lines) {
  return [`\`\`\`${language}`, ...lines, "```"].join("\n");
}

function folded(/** @type {string} */ summary, /** @type {string[]} */ lines) {
  return [`<details><summary>${summary}</summary>`, "", ...lines, "", "</details>"];
}
