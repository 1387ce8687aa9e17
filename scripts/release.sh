#!/usr/bin/env bash
# Publishes the version of package.json on npm, then as a GitHub release with the bundle. Skips steps that are done, so that a
# failed run can be repeated. Needs NPM_TOKEN only until npm has the package.
set -euo pipefail
cd "$(dirname "$0")/.."

read -r name version < <(node -p 'require("./package.json").name + " " + require("./package.json").version')
commit=$(git rev-parse HEAD)
tag=v$version
bundle=hcloud-images-mcp.mcpb

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# Missing notes or a missing bundle must fail before npm gets the version.
node scripts/changelog.mjs --notes > "$temporary/notes.md"
[[ -f $bundle ]] || { echo "there is no $bundle: run npm run bundle first" >&2; exit 1; }

publish_on_npm() {
  local published
  if published=$(npm view "$name@$version" gitHead 2> "$temporary/error"); then
    if [[ $published != "$commit" ]]; then
      echo "npm has $name@$version from another commit (${published:-unknown}): raise the version" >&2
      return 1
    fi
    echo "npm has $name@$version already"
  elif grep -q E404 "$temporary/error"; then
    # Only a package that exists on npm can name a trusted publisher.
    if [[ -n ${NPM_TOKEN:-} ]]; then
      export NPM_CONFIG_USERCONFIG=$temporary/npmrc
      # shellcheck disable=SC2016 # npm fills in the token, so that no file contains it.
      echo '//registry.npmjs.org/:_authToken=${NPM_TOKEN}' > "$NPM_CONFIG_USERCONFIG"
    fi
    npm publish --provenance --access public
  else
    # Without a network, a published version looks as if it were missing.
    cat "$temporary/error" >&2
    return 1
  fi
}

# The release is a draft until it has the bundle, so that nobody sees a release without one.
publish_on_github() {
  local is_draft
  if ! is_draft=$(gh release view "$tag" --json isDraft --jq .isDraft); then
    gh release create "$tag" --draft --verify-tag --title "$tag" --notes-file "$temporary/notes.md"
  elif [[ $is_draft == false ]]; then
    echo "GitHub has the release $tag already"
    return
  fi
  gh release upload "$tag" "$bundle" --clobber
  gh release edit "$tag" --draft=false
}

publish_on_npm
publish_on_github
