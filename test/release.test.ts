/** scripts/release.sh with stand-ins for npm, gh and git, which remember what was published. */

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "./support/folder.ts";
import { ROOT } from "./support/npm.ts";

/** Each logs its arguments; commands in FAILS fail, as does npm view without a network. */
const COMMANDS = {
  git: "#!/bin/sh\necho this-commit\n",
  npm: `#!/bin/sh
echo "npm $1 \${NPM_CONFIG_USERCONFIG:+$(cat "$NPM_CONFIG_USERCONFIG")}" >> "$CLOUD/log"
[ "$FAILS" = "npm $1" ] && { echo "npm error code ECONNREFUSED" >&2; exit 1; }
case $1 in
  view) cat "$CLOUD/npm" 2> /dev/null || { echo "npm error code E404" >&2; exit 1; } ;;
  publish) echo this-commit > "$CLOUD/npm" ;;
esac
`,
  gh: `#!/bin/sh
echo "gh $*" | sed 's/ --notes-file.*//' >> "$CLOUD/log"
[ "$FAILS" = "gh release $2" ] && exit 1
case $2 in
  view) cat "$CLOUD/draft" 2> /dev/null || { echo "release not found" >&2; exit 1; } ;;
  create) shift 2; while [ "$1" != --notes-file ]; do shift; done; cat "$2" > "$CLOUD/notes"; echo true > "$CLOUD/draft" ;;
  upload) cat "$4" > "$CLOUD/bundle" ;;
  edit) echo false > "$CLOUD/draft" ;;
esac
`,
};

const VIEW = "npm view ";
const PUBLISH = "npm publish ";
const LOOK = "gh release view v0.1.0 --json isDraft --jq .isDraft";
const CREATE = "gh release create v0.1.0 --draft --verify-tag --title v0.1.0";
const UPLOAD = "gh release upload v0.1.0 hcloud-images-mcp.mcpb --clobber";
const SHOW = "gh release edit v0.1.0 --draft=false";

/** A project that is ready to be released; `run` returns what was asked of npm and GitHub. */
function project() {
  const place = temporaryFolder();
  const cloud = temporaryFolder();
  for (const folder of ["bin", "scripts"]) mkdirSync(join(place, folder));
  for (const file of ["release.sh", "changelog.mjs"])
    copyFileSync(join(ROOT, "scripts", file), join(place, "scripts", file));
  for (const [name, text] of Object.entries(COMMANDS))
    writeFileSync(join(place, "bin", name), text, { mode: 0o755 });
  writeFileSync(join(place, "package.json"), '{"name":"hcloud-images-mcp","version":"0.1.0"}');
  writeFileSync(join(place, "CHANGELOG.md"), "## [Unreleased]\n\n## [0.1.0] - 2026-12-01\n\n- All.\n");
  writeFileSync(join(place, "hcloud-images-mcp.mcpb"), "the bundle");
  return {
    place,
    read: (file: string) => readFileSync(join(cloud, file), "utf8"),
    put: (file: string, text: string) => writeFileSync(join(cloud, file), text),
    run(env: Record<string, string> = {}) {
      writeFileSync(join(cloud, "log"), "");
      const PATH = `${join(place, "bin")}:${process.env["PATH"]}`;
      const { status, stderr } = spawnSync("bash", [join(place, "scripts/release.sh")], {
        env: { PATH, CLOUD: cloud, ...env },
        encoding: "utf8",
      });
      const log = readFileSync(join(cloud, "log"), "utf8").split("\n").filter(Boolean);
      return { ok: status === 0, log, stderr };
    },
  };
}

describe.skipIf(process.platform === "win32")("release.sh", () => {
  test("publishes on npm and on GitHub, with the notes and the bundle, and nothing a second time", () => {
    const { run, read } = project();
    expect(run()).toMatchObject({ ok: true, log: [VIEW, PUBLISH, LOOK, CREATE, UPLOAD, SHOW] });
    expect([read("notes"), read("bundle"), read("draft")]).toEqual(["- All.\n", "the bundle", "false\n"]);
    expect(run()).toMatchObject({ ok: true, log: [VIEW, LOOK] });
  });

  test.each([
    ["npm publish", [VIEW, PUBLISH], [VIEW, PUBLISH, LOOK, CREATE, UPLOAD, SHOW]],
    ["gh release create", [VIEW, PUBLISH, LOOK, CREATE], [VIEW, LOOK, CREATE, UPLOAD, SHOW]],
    ["gh release upload", [VIEW, PUBLISH, LOOK, CREATE, UPLOAD], [VIEW, LOOK, UPLOAD, SHOW]],
    ["gh release edit", [VIEW, PUBLISH, LOOK, CREATE, UPLOAD, SHOW], [VIEW, LOOK, UPLOAD, SHOW]],
  ])("ends where %s fails, and completes the rest when it runs again", (FAILS, first, second) => {
    const { run, read } = project();
    expect(run({ FAILS })).toMatchObject({ ok: false, log: first });
    expect(run()).toMatchObject({ ok: true, log: second });
    expect([read("bundle"), read("draft")]).toEqual(["the bundle", "false\n"]);
  });

  test("publishes nothing when npm cannot be asked for its versions", () => {
    const { ok, log, stderr } = project().run({ FAILS: "npm view" });
    expect({ ok, log }).toEqual({ ok: false, log: [VIEW] });
    expect(stderr).toContain("ECONNREFUSED");
  });

  test.each(["another-commit", ""])("publishes nothing when npm has the version of commit %j", (commit) => {
    const { run, put } = project();
    put("npm", commit);
    const { ok, log, stderr } = run();
    expect({ ok, log }).toEqual({ ok: false, log: [VIEW] });
    expect(stderr).toContain("raise the version");
  });

  test.each([
    ["hcloud-images-mcp.mcpb", "run npm run bundle first"],
    ["CHANGELOG.md", "CHANGELOG.md"],
  ])("sends nothing without %s", (file, why) => {
    const { run, place } = project();
    rmSync(join(place, file));
    const { ok, log, stderr } = run();
    expect({ ok, log }).toEqual({ ok: false, log: [] });
    expect(stderr).toContain(why);
  });

  test("gives a token only to npm publish, by the name of its variable", () => {
    const { run } = project();
    const [view, publish, ...rest] = run({ NPM_TOKEN: "npm_secret" }).log;
    expect([view, publish]).toEqual([VIEW, `${PUBLISH}//registry.npmjs.org/:_authToken=\${NPM_TOKEN}`]);
    expect(rest).toEqual([LOOK, CREATE, UPLOAD, SHOW]);
  });
});
