import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const json = (file: string) => JSON.parse(readFileSync(file, "utf8"));
const pkg = json("package.json");

interface Locked {
  integrity?: string;
  dev?: boolean;
  hasInstallScript?: boolean;
  resolved?: string;
}
const { "": _, ...locked } = json("package-lock.json").packages as Record<string, Locked>;

test("the package installs nothing else, and runs nothing at its installation", () => {
  for (const kind of ["dependencies", "optionalDependencies", "peerDependencies", "bundleDependencies"]) {
    expect(pkg[kind], kind).toBeUndefined();
  }
  const scripts = Object.keys(pkg.scripts);
  expect(scripts.filter((name) => /^(pre|post)?(install|prepare)$|^(pre|post)publish$/.test(name))).toEqual(
    [],
  );
});

test("every package of the lockfile is pinned by a strong digest, for development only", () => {
  expect(Object.keys(locked).length).toBeGreaterThan(100);
  for (const [name, { integrity, dev, resolved }] of Object.entries(locked)) {
    expect(integrity, name).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
    expect(dev, name).toBe(true);
    // Nothing from a git repository, a folder or an address without TLS.
    expect(resolved ?? "https://", name).toMatch(/^https:\/\//);
  }
});

test("no package may run a script when it is installed for development", () => {
  const withScript = Object.keys(locked).filter((name) => locked[name]?.hasInstallScript);
  expect(withScript).toEqual(["node_modules/esbuild"]);
  expect(pkg.allowScripts).toEqual({ esbuild: false });
});

test("the licences of all bundled packages are shipped, and permissive", () => {
  const text = readFileSync("dist/LICENSES.txt", "utf8");
  const titles = [...text.matchAll(/^={80}\n(\S+) \S+ \((.+)\)$/gm)].map(([, name, kind]) => [name, kind]);
  const names = titles.map(([name]) => name);
  expect(names).toEqual(expect.arrayContaining(["@modelcontextprotocol/sdk", "undici", "zod"]));
  for (const [name, kind] of titles)
    expect(["MIT", "ISC", "BSD-3-Clause", "BSD-2-Clause"], name).toContain(kind);
  expect(text.match(/Copyright/g)?.length).toBeGreaterThanOrEqual(titles.length);
});
