/**
 * The environment in which services run. As they come, V8 lets the young half of its heap grow until a burst of batches takes 200
 * MB of it, and the C library keeps memory of its own for each thread: with these a node that has taken a million records holds
 * half as much, and is as fast.
 */
export const SERVICE_ENVIRONMENT: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '2',
  NODE_OPTIONS: '--max-semi-space-size=8',
}
