import type { CommandContext } from '../context.ts'
import type { NodePort } from '../node-port.ts'
import type { PublishItem } from '../publish/read-items.ts'
import type { Content } from './content.ts'
import type { DemoNode } from './demo-node.ts'
import type { Launcher } from './processes.ts'
import type { Screen } from './screen.ts'

/** A record that a member published in this demo. */
export interface Publication {
  readonly member: DemoNode
  readonly record: string
  readonly item: PublishItem
}

/** What the steps share. The lists grow as the demo goes on. */
export interface Demo {
  readonly context: CommandContext
  readonly port: NodePort
  readonly seed: string
  readonly screen: Screen
  readonly launcher: Launcher
  readonly content: Content
  readonly aco: DemoNode
  readonly members: readonly DemoNode[]
  readonly publications: Publication[]
  /** Records that take another back. */
  readonly tombstones: string[]
  /** Members that were put out. */
  readonly revoked: DemoNode[]
  /** Makes a node that ends with the demo. */
  createNode(name: string, organisation: string, words: readonly string[]): DemoNode
  /** Aborts on Ctrl-C, and when a node dies. */
  readonly signal: AbortSignal
}

/** What a step found out. */
export interface Finding {
  readonly held: boolean
  /** One sentence, for people. */
  readonly says: string
  /** Refusal codes that were met. */
  readonly codes?: readonly string[]
  /** Numbers by name; times in ms end in `Ms`. */
  readonly measured?: Readonly<Record<string, number>>
  /** What it is made up of, one by one. */
  readonly details?: readonly Readonly<Record<string, string | number>>[]
}

/** One thing that the demo shows. */
export interface Step {
  readonly name: string
  readonly title: string
  /** What it is about and why it matters, in plain words. */
  readonly about: string
  /** Whether nothing after it makes sense when it fails. */
  readonly isVital?: true
  run(demo: Demo): Promise<Finding>
}

/** ACO and members that still belong to the mesh. */
export function standing({ aco, members, revoked }: Demo): readonly DemoNode[] {
  return [aco, ...members.filter((member) => !revoked.includes(member))]
}

/** How many records every node of the mesh has to hold. */
export function recordsSoFar({ publications, tombstones }: Demo): number {
  return publications.length + tombstones.length
}

/** Members that still belong to the mesh. */
export function standingMembers({ members, revoked }: Demo): readonly DemoNode[] {
  return members.filter((member) => !revoked.includes(member))
}
