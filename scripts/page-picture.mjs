// The README's picture of the page, light and dark.

/**
 * Returns the picture. npm resolves links and `src` against `repository`, but not `srcset`: the dark picture has a complete address
 * once the repository is known.
 * @param {string} files address of the repository's files, with its slash; "" without a repository
 */
export function formatPagePicture(files = "") {
  return `<p><picture>
  <source media="(prefers-color-scheme: dark)" srcset="${files}docs/page-dark.png">
  <img src="docs/page-light.png" width="560" alt="A plan in the chat: each server's snapshots by age and size, and the five to delete, one of which the user keeps after all">
</picture></p>`;
}
