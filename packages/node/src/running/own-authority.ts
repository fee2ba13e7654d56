import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { ControlObject } from '@intelmesh/protocol'
import { type Authority, openAuthority } from '../authority/index.ts'
import { nativeSignerOf } from '../crypto/index.ts'
import type { Core, CoreOptions } from './core.ts'
import { readOwnKey } from './own-key.ts'

/** How to open the ACO's part of a home, or `undefined` where there is none. It is opened once, when it is first asked for. */
export function ownAuthority(
  core: Core,
  announce: (objects: readonly ControlObject[]) => Promise<void>,
): (() => Promise<Authority>) | undefined {
  if (!existsSync(core.options.paths.operatorKey)) return undefined
  let opening: Promise<Authority> | undefined
  return () => {
    opening ??= open(core, core.options, announce)
    // A wrong passphrase must not stick.
    opening.catch(() => (opening = undefined))
    return opening
  }
}

async function open(
  core: Core,
  options: CoreOptions,
  announce: (objects: readonly ControlObject[]) => Promise<void>,
): Promise<Authority> {
  const key = await readOwnKey(options.paths.operatorKey, options.passphrase)
  return openAuthority(
    {
      store: core.store,
      operator: nativeSignerOf(key.secret.expose()),
      clock: core.clock,
      random: (length) => new Uint8Array(randomBytes(length)),
      announce,
      urls: (isLocal) => core.enrolmentUrls(isLocal),
    },
    { nextUpdateMs: options.config.status.nextUpdateHours * 3_600_000 },
  )
}
