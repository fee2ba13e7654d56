import { createTestAco, type TestAco } from '../../../../../test/support/authority/test-aco.ts'
import { createTestNode, type TestNode } from '../../testing/test-node.ts'

/** Carol publishes; alice and bob compare what they have of it. */
export interface TestTrio extends AsyncDisposable {
  readonly aco: TestAco
  readonly carol: TestNode
  readonly alice: TestNode
  readonly bob: TestNode
  /** Hands a node a batch that carol announced, by its place among these. */
  give(node: TestNode, place: number): Promise<void>
}

/** Three members of one cluster who know each other. */
export async function createTestTrio(): Promise<TestTrio> {
  await using opening = new AsyncDisposableStack()
  const aco = opening.use(await createTestAco())
  const [carol, alice, bob] = [
    opening.use(await createTestNode(aco, 'carol')),
    opening.use(await createTestNode(aco, 'alice')),
    opening.use(await createTestNode(aco, 'bob')),
  ]
  for (const node of [carol, alice, bob]) await node.hear()
  const opened = opening.move()
  return {
    aco,
    carol,
    alice,
    bob,
    async give(node, place) {
      const { batch } = carol.announced[place] as (typeof carol.announced)[number]
      const { stored } = await node.admission.admitBatch(batch, { kind: 'file' }, { sync: false })
      await stored
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
