/** The table of options, and the help text that is made from the table. */

export interface Option {
  flag?: string;
  /** The placeholder for the flag's value in the help; only for a flag that takes a value. */
  value?: string;
  variable?: string;
  help: string;
}

export const OPTIONS = {
  token: {
    variable: "HCLOUD_TOKEN",
    help: "API token of the project: read only, or read & write to change images",
  },
  endpoint: {
    variable: "HCLOUD_ENDPOINT",
    help: "base URL of the API: https, or http on this machine (default https://api.hetzner.cloud/v1)",
  },
  context: {
    flag: "context",
    value: "NAME",
    variable: "HCLOUD_CONTEXT",
    help: "use token and endpoint of this hcloud CLI context, unless HCLOUD_TOKEN or HCLOUD_ENDPOINT is set",
  },
  cliFile: {
    variable: "HCLOUD_CONFIG",
    help: "the hcloud CLI's file, read only for a context (default hcloud/cli.toml in $XDG_CONFIG_HOME, else in ~/.config; on Windows in %APPDATA%)",
  },
  readOnly: {
    flag: "read-only",
    variable: "HCLOUD_IMAGES_READ_ONLY",
    help: "offer only the tools that change nothing (true or false, default false)",
  },
  confirm: {
    variable: "HCLOUD_IMAGES_CONFIRM",
    help: "how changes are confirmed: auto (in a form if the MCP client shows forms, otherwise by a code), form or code (default auto)",
  },
  auditFile: {
    variable: "HCLOUD_IMAGES_AUDIT_FILE",
    help: "absolute path of the audit file, which gets a line for each step of a change",
  },
  rulesFile: {
    variable: "HCLOUD_IMAGES_RULES",
    help: "absolute path of a TOML file with rules that no call overrides; see docs/rules.md",
  },
  demo: {
    flag: "demo",
    variable: "HCLOUD_IMAGES_DEMO",
    help: "use a simulated project in this process; ignore token, endpoint and context (true or false, default false)",
  },
  port: { flag: "port", value: "N", help: "with simulator: the port to listen on (default: any free one)" },
  faults: {
    flag: "faults",
    value: "FILE",
    help: "with simulator: JSON file of the faults to simulate; see docs/faults.md",
  },
  help: { flag: "help", help: "print this help and exit" },
  version: { flag: "version", help: "print the version and exit" },
} satisfies Record<string, Option>;

/** Returns the text of `--help`; `folder` is the folder of the package. */
export function formatHelp(folder: string): string {
  const rows = Object.values<Option>(OPTIONS).map(({ flag, value, variable, help }) => {
    const names = [flag && `--${flag}${value ? ` ${value}` : ""}`, variable].filter(Boolean).join(", ");
    return `  ${names.padEnd(38)} ${help}`;
  });
  return [
    "hcloud-images-mcp: an MCP server for Hetzner Cloud images (stdio)",
    "",
    "Usage: hcloud-images-mcp [options]             serve MCP on stdin and stdout",
    "       hcloud-images-mcp doctor [options]      check settings, connection and token; change nothing",
    "       hcloud-images-mcp simulator [--port N]  run only the simulated Hetzner Cloud API",
    "",
    "Options and environment variables:",
    ...rows,
    "",
    `docs/rules.md and docs/faults.md are in ${folder}`,
    "",
  ].join("\n");
}
