import { relative, resolve } from 'node:path'
import { UsageError } from '../usage-error.ts'
import { SERVICE_ENVIRONMENT } from './service-environment.ts'

/** What a unit is made for. */
export interface UnitOptions {
  /** The program and its first arguments, absolute. */
  readonly program: readonly string[]
  readonly home: string
  readonly user: string
  /** Runs `aco serve` in place of `run`. */
  readonly isAco: boolean
  /** Handed to the service as a credential, so that the file itself need not be readable to it. */
  readonly passphraseFile?: string
}

/**
 * A hardened systemd unit that runs the node of a home.
 *
 * @throws UsageError for a name or path that a unit cannot hold
 * @see systemd.exec(5), systemd.service(5)
 */
export function systemdUnit(options: UnitOptions): string {
  const home = resolve(options.home)
  const passphrase = options.passphraseFile
  const command = [...options.program, ...(options.isAco ? ['aco', 'serve'] : ['run']), '--home', home]
  assertUser(options.user)
  return [
    '[Unit]',
    `Description=Intelmesh ${options.isAco ? 'ACO' : 'node'} of ${specifierFree(home)}`,
    'Documentation=man:intelmesh(1)',
    'Wants=network-online.target',
    'After=network-online.target time-sync.target',
    `AssertPathExists=${specifierFree(home)}/node.key`,
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${command.map(commandWord).join(' ')}`,
    `User=${options.user}`,
    ...Object.entries(SERVICE_ENVIRONMENT).map(([name, value]) => `Environment=${name}=${value}`),
    ...(passphrase === undefined
      ? []
      : [
          `LoadCredential=passphrase:${specifierFree(resolve(passphrase))}`,
          'Environment=INTELMESH_PASSPHRASE_FILE=%d/passphrase',
        ]),
    ...homeLines(home),
    HARDENING,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n')
}

const STATE_ROOT = '/var/lib'
/** Folders that ProtectHome= hides. */
const PEOPLES_FOLDERS = ['/home', '/root', '/run/user']

/** The one place where the service may write. */
function homeLines(home: string): readonly string[] {
  const within = relative(STATE_ROOT, home)
  const isState = within !== '' && !within.startsWith('..')
  const isPersonal = PEOPLES_FOLDERS.some((folder) => `${home}/`.startsWith(`${folder}/`))
  if (isState && !/\s/.test(within))
    return [`StateDirectory=${specifierFree(within)}`, 'StateDirectoryMode=0700', 'ProtectHome=yes']
  return [
    `ReadWritePaths=${quoted(specifierFree(home))}`,
    isPersonal ? 'ProtectHome=read-only' : 'ProtectHome=yes',
  ]
}

const HARDENING = `
# A node that was told wrongly does not get better by starting again; everything else may.
Restart=on-failure
RestartSec=5
RestartPreventExitStatus=2
# It stops within seconds, and gives up by itself after 20.
TimeoutStopSec=30
LimitNOFILE=8192
UMask=0077

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
PrivateUsers=yes
PrivateIPC=yes
PrivateMounts=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectHostname=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
# TCP, local sockets, and netlink, by which Node lists the addresses of the machine.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# Not MemoryDenyWriteExecute=: V8 compiles while it runs, and Node would not start.`

/** A word of ExecStart: quoted where it must be, with nothing that systemd would replace. */
function commandWord(word: string): string {
  return quoted(specifierFree(word).replaceAll('$', '$$$$'))
}

function quoted(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,$~-]+$/.test(text)
    ? text
    : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** @throws UsageError for control characters, which would begin another line */
function specifierFree(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new UsageError('a path in a unit holds no control characters')
  return text.replaceAll('%', '%%')
}

/** The form that systemd takes without complaint. @see systemd.io/USER_NAMES */
function assertUser(user: string): void {
  if (!/^[a-z_][a-z0-9_-]{0,30}$/.test(user))
    throw new UsageError(`expected the name of a system user, got ${JSON.stringify(user)}`)
}
