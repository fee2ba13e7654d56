#!/bin/sh
# Runs a pnpm script under the pinned pnpm and Node, installing both first when they are missing.
set -e
cd "$(dirname "$0")/.."
sh tools/setup.sh
PATH="$PWD/node_modules/.bin:$PATH" exec npx -y pnpm@12.21.0 run "$@"
