// Large projects.

const DAY_MS = 86_400_000;

/**
 * Nightly snapshots of 40 servers; `toGo` of them are older than 200 days and not among the newest three of their server.
 * @param {number} count
 * @param {number} toGo
 */
export function manyImages(count, toGo) {
  const now = Date.now();
  return Array.from({ length: count }, (_, i) => ({
    id: 400_000_000 + i * 37,
    type: "snapshot",
    status: "available",
    name: null,
    description: `nightly of server-${i % 40}`,
    image_size: 1 + (i % 997) / 100,
    disk_size: 40,
    created: new Date(
      now - (i < toGo ? 201 + (i % 300) : i % 190) * DAY_MS - (i % 1440) * 60_000,
    ).toISOString(),
    created_from: { id: 1000 + (i % 40), name: `server-${i % 40}` },
    bound_to: null,
    os_flavor: "debian",
    os_version: "12",
    rapid_deploy: false,
    protection: { delete: false },
    deprecated: null,
    deprecation: null,
    labels: { env: i % 3 ? "prod" : "staging" },
    deleted: null,
    architecture: "x86",
  }));
}
