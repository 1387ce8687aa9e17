// Realistic projects, each with its own kind of labels; the same `now` in ms gives the same images.
import { snapshot } from "../snapshot.mjs";

const DAY_MS = 86_400_000;

const SERVERS = [
  "db-1",
  "db-2",
  "web-1",
  "web-2",
  "shop-frontend",
  "mail",
  "gitlab",
  "monitoring",
  "vpn",
  "cache-1",
];

const TEXTS = [
  "before upgrade to PostgreSQL 17",
  "vor dem Umzug auf den neuen Server",
  "clean install, Docker and Caddy",
  "last state before decommissioning",
  "before kernel update, ask Jana first",
  "works! keep until the audit is over",
  "Nextcloud 30 with Redis, for testing",
  "golden image for customer demos (EU)",
  "before switching to systemd-resolved",
  "mail server with new DKIM keys",
  "after migration from Ubuntu 20.04",
  "TYPO3 relaunch, state of acceptance",
  "broken RAID check, for the vendor",
  "DO NOT DELETE: accounting until 2027",
  "Grafana 11 with all dashboards",
  "before removing the old VPN users",
  "base image, hardened, without cloud-init",
  "staging copy of the shop, anonymized",
  "GitLab before the move to object storage",
  "test of the restore, can be deleted",
  "Matomo after the GDPR clean-up",
  "before changing the disk layout",
  "Keycloak with the realm of customer B",
  "vor dem Update auf Debian 13",
];

/** Returns a generator of pseudorandom whole numbers from 0 to below its argument. @param {number} seed */
function createDraw(seed) {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** @typedef {(below: number) => number} Draw */

/** @param {number} i */
function pickServer(i) {
  const round = Math.floor(i / SERVERS.length);
  return {
    id: 41_902_117 + i * 7_919,
    name: `${SERVERS[i % SERVERS.length]}${round > 0 ? `-${round}` : ""}`,
  };
}

/** Returns a size in GB with as many decimals as the API has. @param {Draw} draw */
const drawSize = (draw) => 0.9 + draw(120_000_000) / 10_000_000;

/** @param {number} now @param {number} daysAgo @param {number} minutes @param {Draw} draw */
const formatTime = (now, daysAgo, minutes, draw) =>
  new Date(now - daysAgo * DAY_MS - minutes * 60_000 - draw(60) * 1_000).toISOString();

/**
 * Creates nightly snapshots, newest first: each server has its own minute and its own labels.
 * @param {number} count @param {number} servers @param {number} now
 */
export function nightlies(count, servers, now) {
  const draw = createDraw(7);
  return Array.from({ length: count }, (_, i) => {
    const server = pickServer(i % servers);
    const role = server.name.replace(/-.*/, "");
    return snapshot(299_117_403 + (count - i) * 86_413, {
      description: `${server.name} nightly`,
      created: formatTime(now, Math.floor(i / servers), 9 * 60 + (i % servers) * 4, draw),
      created_from: server,
      image_size: drawSize(draw),
      labels: { env: i % servers < 4 ? "prod" : "staging", role, schedule: "nightly" },
      protection: { delete: i % 29 === 28 },
    });
  });
}

/**
 * Creates images as Packer does: each from a temporary server whose name ends in a number or a UUID, all with the same labels.
 * @param {number} count @param {number} now @param {"number" | "uuid"} [ending]
 */
export function packerBuilds(count, now, ending = "number") {
  const draw = createDraw(11);
  const hex = (/** @type {number} */ digits) =>
    Array.from({ length: digits }, () => draw(16).toString(16)).join("");
  return Array.from({ length: count }, (_, i) => {
    const created = formatTime(now, i * 3, draw(700), draw);
    return snapshot(288_400_912 + (count - i) * 91_127, {
      description: `k3s-node ${created.slice(0, 10)} v1.31.${(count - i) % 9}`,
      created,
      created_from: {
        id: 52_113_870 + (count - i) * 17_911,
        name: `packer-${ending === "uuid" ? [8, 4, 4, 4, 12].map(hex).join("-") : 1_400 + count - i}`,
      },
      image_size: drawSize(draw),
      labels: { role: "k3s-node", os: "debian-12", "built-by": "packer" },
    });
  });
}

/**
 * Creates snapshots as people make them by hand: each with its own description and labels.
 * @param {number} count @param {number} now
 */
export function byHand(count, now) {
  const draw = createDraw(13);
  const pick = (/** @type {string[]} */ words) => words[draw(words.length)] ?? "";
  return Array.from({ length: count }, (_, i) => {
    const round = Math.floor(i / TEXTS.length);
    return snapshot(310_552_081 + (count - i) * 77_717, {
      description: `${TEXTS[i % TEXTS.length]}${round > 0 ? ` (${round + 1})` : ""}`,
      created: formatTime(now, i * 5 + draw(5), draw(1_400), draw),
      created_from: pickServer(draw(10)),
      image_size: drawSize(draw),
      labels: {
        env: pick(["prod", "staging", "dev"]),
        owner: pick(["jana", "mirko", "ops-team", "lschmidt"]),
        ticket: `OPS-${100 + draw(900)}`,
      },
    });
  });
}

/**
 * Creates backups as Hetzner does, seven of each server.
 * @param {number} servers @param {number} now
 */
export function backups(servers, now) {
  const draw = createDraw(17);
  return Array.from({ length: servers * 7 }, (_, i) => {
    const server = pickServer(i % servers);
    const created = formatTime(now, Math.floor(i / servers), 8 * 60 + draw(200), draw);
    return snapshot(399_000_500 + i * 613, {
      type: "backup",
      description: `Backup ${created.slice(0, 10)}`,
      created,
      created_from: server,
      bound_to: server.id,
      image_size: drawSize(draw),
      labels: {},
    });
  });
}
