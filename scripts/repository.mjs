// What follows from `repository` in package.json: every link to where the project lives, and its name in the MCP registry.

const GITHUB_URL = /^(?:(?:git\+)?https:\/\/github\.com\/|github:)([\w-]+)\/([\w.-]+?)(?:\.git)?\/?$/;

/**
 * Returns null as long as package.json names no repository.
 * @param {{ name: string, repository?: string | { url: string } }} pkg
 */
export function deriveLinks({ name, repository }) {
  if (repository === undefined) return null;
  const given = typeof repository === "string" ? repository : repository.url;
  const [, owner, repo] = GITHUB_URL.exec(given) ?? [];
  if (owner === undefined)
    throw new Error(
      `repository in package.json is ${given}: must be like https://github.com/OWNER/${name}. Set it with npm pkg set repository.url=…`,
    );
  const url = `https://github.com/${owner}/${repo}`;
  const [homepage, issues] = [`${url}#readme`, `${url}/issues`];
  return {
    package: {
      // npm's own spelling, and the owner's as on GitHub: the MCP registry compares it letter by letter.
      repository: { type: "git", url: `git+${url}.git` },
      homepage,
      bugs: { url: issues },
      mcpName: `io.github.${owner}/${name}`,
    },
    manifest: { repository: { type: "git", url }, homepage, documentation: homepage, support: issues },
    server: { repository: { url, source: "github" } },
    releases: `${url}/releases/latest`,
    security: `${url}/security/policy`,
    files: `https://raw.githubusercontent.com/${owner}/${repo}/HEAD/`,
  };
}

/**
 * The text of .github/ISSUE_TEMPLATE/config.yml.
 * @param {string | undefined} security the address of the security policy
 */
export function formatIssueConfig(security) {
  const lines = ["# Written by npm run generate.", "blank_issues_enabled: false"];
  if (security)
    lines.push(
      "contact_links:",
      "  - name: Report a vulnerability",
      `    url: ${security}`,
      "    about: Please report it in private, as SECURITY.md says, and not in a public issue.",
    );
  return `${lines.join("\n")}\n`;
}
