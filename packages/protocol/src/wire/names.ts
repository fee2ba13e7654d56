import type { Compartment } from '../policy/index.ts'

/** libp2p protocol ids: `/intelmesh/<name>/<major>`. See docs/spec/wire.md, "Names". */
export const PROTOCOLS = {
  /** Connection encrypter: Noise, then proof of membership. */
  channel: '/intelmesh/channel/1',
  sync: '/intelmesh/sync/2',
} as const

/** Majors of the protocol that this version speaks, newest first. */
export const VERSIONS: readonly number[] = [1]

/** The gossipsub topic of a compartment: `/intelmesh/<compartment>.<cluster>/<major>`. */
export function topicOf(compartment: Compartment, cluster: string): string {
  return `/intelmesh/${compartment}.${cluster}/1`
}
