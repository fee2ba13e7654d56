#!/bin/sh
# Installs the pinned Node and every dependency with the pinned pnpm. Needs npm and any Node from 18 on.
set -e
cd "$(dirname "$0")/.."
npx -y pnpm@12.21.0 install --frozen-lockfile --prefer-offline
