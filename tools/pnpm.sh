#!/bin/sh
# Runs a pnpm script under the pinned pnpm and Node, installing both first when they are missing.
set -e
cd "$(dirname "$0")/.."
sh tools/setup.sh || { echo '0 passed, 1 failed, 0 skipped'; exit 1; }
# Silent, so that the script's own last line is the last line.
PATH="$PWD/node_modules/.bin:$PATH" exec npx -y pnpm@12.21.0 --silent run "$@"
