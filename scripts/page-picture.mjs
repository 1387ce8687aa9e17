// The README's picture of the page in the chat, light and dark.

/**
 * npm's page resolves the links of a README and the `src` of an image against `repository`, but no `srcset`: once the repository is
 * known, the dark picture has a complete address.
 * @param {string | { url: string } | undefined} repository as package.json names it
 */
export function pagePicture(repository) {
  const url = typeof repository === "object" ? repository.url : (repository ?? "");
  const [, path] = /github(?:\.com)?[:/]([\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(url) ?? [];
  if (url !== "" && path === undefined) throw new Error(`package.json: not a repository on GitHub: ${url}`);
  const raw = path === undefined ? "" : `https://raw.githubusercontent.com/${path}/HEAD/`;
  return `<p><picture>
  <source media="(prefers-color-scheme: dark)" srcset="${raw}docs/page-dark.png">
  <img src="docs/page-light.png" width="560" alt="A plan in the chat: each server's snapshots by age and size, and the five to delete, one of which the user keeps after all">
</picture></p>`;
}
