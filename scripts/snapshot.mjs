// A snapshot in the API's format, for simulated projects of scripts.

/**
 * @param {number} id
 * @param {object} rest members that differ from the default
 */
export function snapshot(id, rest) {
  return {
    id,
    type: "snapshot",
    status: "available",
    name: null,
    description: `snapshot ${id}`,
    image_size: 2.5,
    disk_size: 40,
    created: "2026-01-01T00:00:00Z",
    created_from: { id: 42, name: "web-1" },
    bound_to: null,
    os_flavor: "debian",
    os_version: "12",
    rapid_deploy: false,
    protection: { delete: false },
    deprecated: null,
    deprecation: null,
    labels: { env: "prod" },
    deleted: null,
    architecture: "x86",
    ...rest,
  };
}
