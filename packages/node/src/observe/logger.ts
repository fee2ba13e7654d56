import { pino } from 'pino'

/**
 * What a part of the node writes its log through: a constant sentence, and what varies beside it.
 *
 * - `error`: something does not work and will not by itself; somebody must act.
 * - `warn`: it works, but not as it should; somebody should look when there is time.
 * - `info`: what a person who runs the node wants to know happened: started, joined, a member revoked.
 * - `debug`: everything else, and everything that others caused: what peers sent and why it was refused.
 */
export interface Logger {
  error(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
  /** The same log under the name of a part of the node. */
  scope(name: string): Logger
}

/** An `error` is written with its code and message; its stack at debug level alone. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where and how much to log. */
export interface LoggerOptions {
  readonly level: 'error' | 'warn' | 'info' | 'debug' | 'silent'
  /** Takes one line of JSON at a time. @default standard error */
  readonly write?: (line: string) => void
}

/** A log of JSON lines. Fields that are named like secrets are blanked at whatever depth people put them. */
export function createLogger({ level, write }: LoggerOptions): Logger {
  const destination =
    write === undefined
      ? pino.destination({ dest: STDERR, sync: true })
      : { write: (line: string) => write(line) }
  const withStack = level === 'debug'
  const root = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: (error: unknown) => describeError(error, withStack) },
      redact: { paths: [...SECRET_PATHS], censor: '[secret]' },
    },
    destination,
  )
  return wrap(root)
}

/** A log that nobody reads. */
export const SILENT_LOGGER: Logger = {
  error() {},
  warn() {},
  info() {},
  debug() {},
  scope: () => SILENT_LOGGER,
}

const STDERR = 2

/** No part of the node logs these on purpose. */
const SECRETS = ['secret', 'secretKey', 'passphrase', 'token', 'authorization', 'invite', 'privateKey']
const SECRET_PATHS: readonly string[] = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

/** The part of pino that is used. */
interface Sink {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
  debug(fields: object, message: string): void
  child(bindings: object): Sink
}

function wrap(sink: Sink): Logger {
  return {
    error: (message, fields = {}) => sink.error(fields, message),
    warn: (message, fields = {}) => sink.warn(fields, message),
    info: (message, fields = {}) => sink.info(fields, message),
    debug: (message, fields = {}) => sink.debug(fields, message),
    scope: (name) => wrap(sink.child({ scope: name })),
  }
}

function describeError(error: unknown, withStack: boolean): unknown {
  if (!(error instanceof Error)) return error
  return {
    name: error.name,
    ...('code' in error ? { code: error.code } : {}),
    message: error.message,
    ...(withStack ? { stack: error.stack } : {}),
  }
}
