// Derives from `repository` in package.json: every link to the repository, and the name in the MCP registry.

const GITHUB_URL = /^(?:(?:git\+)?https:\/\/github\.com\/|github:)([\w-]+)\/([\w.-]+?)(?:\.git)?\/?$/;

/**
 * Returns the links; null if package.json has no repository. Throws if the repository is not on GitHub.
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
      // npm's own form of the address. The owner is spelled as on GitHub, because the MCP registry compares the case.
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
 * Returns the text of .github/ISSUE_TEMPLATE/config.yml.
 * @param {string | undefined} security address of the security policy
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
