import { runCommand } from '../processes.ts'
import type { Step } from '../step.ts'

/** Every node of the demo takes a free port of this machine. */
export const LISTEN: readonly string[] = ['--listen', '/ip4/127.0.0.1/tcp/0']

export const CLUSTER = 'finance.eu'
export const ACO_NAME = 'Finance ACO'

export const foundStep: Step = {
  name: 'found',
  title: 'An ACO founds the cluster',
  about:
    'Somebody has to say who belongs. The ACO makes a root key, by whose fingerprint everybody will know it, and runs a node like any other, with a desk where newcomers enrol.',
  isVital: true,
  async run({ aco, launcher, screen, signal }) {
    screen.command(
      `intelmesh aco init --name '${ACO_NAME}' --cluster ${CLUSTER} --key-file --home ${aco.home}`,
    )
    const words = ['aco', 'init', '--name', ACO_NAME, '--cluster', CLUSTER, '--key-file', ...LISTEN]
    const { fingerprint } = (await runCommand(launcher, [...words, '--json', '--home', aco.home], {
      signal,
    })) as {
      readonly fingerprint: string
    }
    screen.command(`intelmesh ${aco.words.join(' ')}`)
    await aco.start(signal)
    const status = await aco.status()
    const held = status.aco.fingerprint === fingerprint && status.cluster === CLUSTER
    return {
      held,
      says: `${ACO_NAME} runs as process ${aco.pid}; its fingerprint is ${fingerprint.slice(0, 16)}…`,
    }
  },
}
