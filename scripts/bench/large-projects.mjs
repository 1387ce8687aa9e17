// Large projects for measurements.
import { snapshot } from "../snapshot.mjs";

const DAY_MS = 86_400_000;

/**
 * Creates nightly snapshots of 40 servers. `toDelete` of them are older than 200 days and not among their server's newest three.
 * @param {number} count
 * @param {number} toDelete
 */
export function createImages(count, toDelete) {
  const now = Date.now();
  return Array.from({ length: count }, (_, i) =>
    snapshot(400_000_000 + i * 37, {
      description: `nightly of server-${i % 40}`,
      image_size: 1 + (i % 997) / 100,
      created: new Date(
        now - (i < toDelete ? 201 + (i % 300) : i % 190) * DAY_MS - (i % 1440) * 60_000,
      ).toISOString(),
      created_from: { id: 1000 + (i % 40), name: `server-${i % 40}` },
      labels: { env: i % 3 ? "prod" : "staging" },
    }),
  );
}

/**
 * Creates images of which a plan deletes most; `byHand` of them were made by hand before an upgrade.
 * @param {number} count
 * @param {number} byHand
 */
export function createMixedImages(count, byHand) {
  const step = Math.floor(count / byHand);
  return createImages(count, Math.floor(count * 0.6)).map((image, i) =>
    i % step === 0 && i / step < byHand
      ? { ...image, description: `before upgrade of app-${i % 7}`, labels: {} }
      : image,
  );
}
