/** The system and app images of the simulated API. */

import type { Image } from "../hcloud/types.ts";
import type { Ago } from "./timestamps.ts";

type Deprecation = Image["deprecation"];

interface PublicImage {
  name: string;
  description: string;
  flavor: string;
  version: string;
  /** Id and date of creation on x86. */
  x86: [number, string];
  /** Id and date of creation on arm. */
  arm: [number, string];
  deprecation?: Deprecation;
}

/** Returns system and app images, each once per architecture: only name and architecture together are unique. */
export function createPublicImages(ago: Ago): Image[] {
  const system = createSystemImages(ago).map((image) => createPerArchitecture(image, "system"));
  const apps = APPS.map(([name, x86, arm]) => {
    const image = { name, description: name, flavor: "ubuntu", version: "24.04" };
    return createPerArchitecture(
      { ...image, x86: [x86, "2024-05-07T08:12:31Z"], arm: [arm, "2024-05-07T08:12:33Z"] },
      "app",
    );
  });
  return [...system, ...apps].flat();
}

/** Returns images with real names. Ids and dates are real where they are public, otherwise made up. */
function createSystemImages(ago: Ago): PublicImage[] {
  const retired = (announced: string, unavailable_after: string) => ({ announced, unavailable_after });
  return [
    {
      ...os("ubuntu", "20.04", "Ubuntu 20.04"),
      x86: [15512617, "2020-04-23T17:55:14Z"],
      arm: [103908070, "2023-03-20T10:09:51Z"],
      deprecation: retired("2025-05-06T07:00:00Z", "2025-08-06T07:00:00Z"),
    },
    {
      ...os("ubuntu", "22.04", "Ubuntu 22.04"),
      x86: [67794396, "2022-04-21T13:32:38Z"],
      arm: [103908130, "2023-03-20T10:10:04Z"],
    },
    {
      ...os("ubuntu", "24.04", "Ubuntu 24.04"),
      x86: [161547269, "2024-04-25T13:26:27Z"],
      arm: [161547270, "2024-04-25T13:26:51Z"],
    },
    {
      ...os("ubuntu", "26.04", "Ubuntu 26.04"),
      x86: [387894169, "2026-04-23T00:00:00Z"],
      arm: [387894170, "2026-04-23T00:00:00Z"],
    },
    {
      ...os("debian", "11", "Debian 11"),
      x86: [45557056, "2021-08-16T00:00:00Z"],
      arm: [103908063, "2023-03-20T10:10:20Z"],
      // Three months are between the two, as is usual at Hetzner.
      deprecation: retired(ago(52, "07:00:00"), ago(-40, "07:00:00")),
    },
    {
      ...os("debian", "12", "Debian 12"),
      x86: [114690387, "2023-06-13T06:00:02Z"],
      arm: [114690389, "2023-06-13T06:00:03Z"],
    },
    {
      ...os("debian", "13", "Debian 13"),
      x86: [310554929, "2025-08-18T06:15:25Z"],
      arm: [310554930, "2025-08-18T06:15:27Z"],
    },
    {
      ...os("fedora", "41", "Fedora 41"),
      x86: [199030328, "2024-11-04T00:00:00Z"],
      arm: [199030407, "2024-11-04T00:00:00Z"],
      deprecation: retired("2025-11-05T07:00:00Z", "2026-02-05T07:00:00Z"),
    },
    {
      ...os("fedora", "43", "Fedora 43"),
      x86: [346812077, "2025-11-04T00:00:00Z"],
      arm: [346812078, "2025-11-04T00:00:00Z"],
    },
    {
      ...os("rocky", "9", "Rocky Linux 9"),
      x86: [76766499, "2022-07-20T00:00:00Z"],
      arm: [103907373, "2023-03-20T10:08:32Z"],
    },
    {
      ...os("alma", "9", "AlmaLinux 9"),
      x86: [69726282, "2022-05-30T00:00:00Z"],
      arm: [103908013, "2023-03-20T10:09:12Z"],
    },
    {
      ...os("centos", "stream9", "CentOS Stream 9", "centos-stream-9"),
      x86: [59752561, "2022-01-27T00:00:00Z"],
      arm: [103908051, "2023-03-20T10:09:33Z"],
    },
  ];
}

/** Name, and the made-up ids on x86 and arm. */
const APPS: [string, number, number][] = [
  ["lamp", 164000101, 164000102],
  ["docker-ce", 164000103, 164000104],
  ["wordpress", 164000105, 164000106],
  ["gitlab", 164000107, 164000108],
  ["nextcloud", 164000109, 164000110],
];

function os(flavor: string, version: string, description: string, name = `${flavor}-${version}`) {
  return { name, description, flavor, version };
}

function createPerArchitecture(image: PublicImage, type: "system" | "app"): Image[] {
  return (["x86", "arm"] as const).map((architecture) => ({
    id: image[architecture][0],
    type,
    status: "available",
    name: image.name,
    description: image.description,
    image_size: null,
    disk_size: 5,
    created: image[architecture][1],
    created_from: null,
    bound_to: null,
    os_flavor: image.flavor,
    os_version: image.version,
    rapid_deploy: type === "system",
    protection: { delete: false },
    deprecated: image.deprecation?.announced ?? null,
    deprecation: image.deprecation ?? null,
    labels: {},
    deleted: null,
    architecture,
  }));
}
