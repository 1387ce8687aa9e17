// The README's picture of the page in the chat, light and dark.

/**
 * npm's page resolves the links of a README and the `src` of an image against `repository`, but no `srcset`: once the repository is
 * known, the dark picture has a complete address.
 * @param {string} files the address of the repository's files, with its slash; "" as long as there is none
 */
export function formatPagePicture(files = "") {
  return `<p><picture>
  <source media="(prefers-color-scheme: dark)" srcset="${files}docs/page-dark.png">
  <img src="docs/page-light.png" width="560" alt="A plan in the chat: each server's snapshots by age and size, and the five to delete, one of which the user keeps after all">
</picture></p>`;
}
