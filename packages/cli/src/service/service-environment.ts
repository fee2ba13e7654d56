/**
 * The environment in which services run. As they come, V8 lets the young half of its heap grow until a burst of batches takes 200
 * MB of it, and the C library keeps memory of its own for each thread: with these a node that has taken a million records holds
 * half as much, and is as fast.
 */
export const SERVICE_ENVIRONMENT = {
  MALLOC_ARENA_MAX: '2',
  NODE_OPTIONS: '--max-semi-space-size=8',
} as const

type Environment = Readonly<Record<string, string | undefined>>

/** An environment with {@link SERVICE_ENVIRONMENT} in it, where it does not say otherwise itself. */
export function inServiceEnvironment(environment: Environment): Readonly<Record<string, string>> {
  const own = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  const { MALLOC_ARENA_MAX, NODE_OPTIONS } = SERVICE_ENVIRONMENT
  const options = own['NODE_OPTIONS'] ?? ''
  return {
    ...own,
    MALLOC_ARENA_MAX: own['MALLOC_ARENA_MAX'] ?? MALLOC_ARENA_MAX,
    NODE_OPTIONS: /max[-_]semi[-_]space[-_]size/.test(options)
      ? options
      : `${options} ${NODE_OPTIONS}`.trim(),
  }
}
