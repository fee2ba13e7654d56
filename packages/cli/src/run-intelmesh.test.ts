import { ApiError, type NodeApi } from '@intelmesh/node'
import { describe, expect, it, test } from 'vitest'
import type { CommandGroup } from './command.ts'
import { commands } from './commands/index.ts'
import { isGroup, optionsOf } from './parse-command-line.ts'
import { runIntelmesh } from './run-intelmesh.ts'
import { runTest } from './testing/test-context.ts'

const paths = commands.flatMap((entry) =>
  isGroup(entry)
    ? entry.commands.map((command) => ({ path: [entry.name, command.name], command }))
    : [{ path: [entry.name], command: entry }],
)

describe(runIntelmesh, () => {
  it('lists the commands and exit codes', async () => {
    expect((await runTest(['--help'])).out).toMatchInlineSnapshot(`
      "Usage: intelmesh [--home DIR] COMMAND …

      Commands
        aco init            found a cluster: make the root and operator keys of its ACO
        aco serve           run the ACO's node and its enrolment service until stopped
        aco invite          make a one-time invite for an organisation: one line to send
        aco requests        list invites and what became of them, alarms among them
        aco issue           issue a certificate: to a request file, or to a request that waits
        aco list            list the register: every node of every organisation and how it stands
        aco revoke          put an organisation or one of its nodes out, for good
        aco suspend         put an organisation or one of its nodes out for a while
        aco reinstate       end a suspension
        aco renew-operator  have the root sign the operator's next certificate
        aco resume          let an ACO that was restored from a backup sign again
        join                join a cluster with the invite of its ACO
        request             write a request for membership into a file, for an ACO that is not on the
                            network
        install             install an ACO's reply to a request that went by file
        run                 run the node until it is stopped
        publish             publish STIX objects, or plain lists of indicators
        watch               publish files as they appear in a folder
        feeds               list the feeds that this node publishes
        gate check          say what of a file would be held back, and why
        retract             take records of the own organisation back
        amend               publish a new version of an own record
        sight               say that something was seen, or that it is a false positive
        opinion             agree or disagree with what somebody published
        note                add a note to what somebody published
        lookup              ask this node what is known of addresses, domains, URLs, hashes and other
                            values
        match               find in log files what this node knows
        records             list records in the order in which they arrived
        show                show one record: what it says, its life, and its whole chain of proof
        inbox               list what other members said of the own records and nobody has dealt with yet
        tail                print records as they arrive, until stopped
        status              show who this node is and how it is doing
        peers               list who is connected, under which certificate
        quarantine          list what was refused and why, newest first
        doctor              check clock, ports, disk, certificate and freshness, and say what to do
        export              write records into a file, as a STIX bundle with its labels or with their
                            proofs
        verify              check an export offline: signatures, certificate chains, inclusion
        token create        make a token for a person or a program, and print it once
        token list          list the tokens of the node, newest first, and when each was last used
        token revoke        end a token now
        audit list          list the audit trail, newest first
        audit verify        check that no entry of the audit trail was changed, taken out or put in
        backup              write keys, certificates, settings and store of a home into one file
        restore             make a home of a backup, or check that one could be made
        sync export         write a file for a node of the same cluster that no network reaches
        sync import         take in what \`sync export\` wrote on another node of the cluster
        store stats         show what is in the store, and what it takes
        store verify        read every row of the store and compare it with what was written
        store repair        put a damaged store together again
        store compact       rewrite the files of the store, so that what is gone takes no room
        service print       print a hardened systemd unit that runs the node of a home
        completion          print a script by which a shell completes commands, options and values
        demo                run a whole mesh on this machine and watch what it does

      Exit codes
        0  done
        1  anything else
        2  wrong usage
        3  nothing found
        4  refused by policy or validation; with several inputs: something was refused, the rest is done
        5  needs a running node

      intelmesh COMMAND --help says more about each, with examples.
      "
    `)
  })

  test.for(paths)('helps with $path', async ({ path, command }) => {
    const { exit, out, err } = await runTest([...path, '--help'])
    expect({ exit, err }).toEqual({ exit: 0, err: '' })
    for (const name of Object.keys(optionsOf(command))) expect(out).toContain(`--${name}`)
    expect(command.examples.length).toBeGreaterThan(0)
    for (const { line } of command.examples) expect(line).toContain(`intelmesh ${path.join(' ')}`)
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(110)
  })

  it('has --home wherever there is one home', () => {
    const without = paths.filter(({ command }) => command.options['home'] === undefined)
    expect(without.map(({ path }) => path)).toEqual([['completion'], ['demo']])
  })

  it('has every command of the ACO', () => {
    const aco = commands.find((entry): entry is CommandGroup => entry.name === 'aco')
    expect(aco?.commands.map(({ name }) => name)).toEqual(
      'init serve invite requests issue list revoke suspend reinstate renew-operator resume'.split(' '),
    )
  })

  test.for([
    [['pubish'], 'Did you mean publish?'],
    [['aco', 'inivte'], 'Did you mean invite?'],
    [['status', '--jsno'], 'Did you mean --json?'],
    [['publish', 'f'], '--tlp clear, --tlp green, --tlp amber, --tlp amber+strict, --tlp red'],
    [['publish', 'f', '--tlp', 'white'], 'clear, green, amber, amber+strict, red'],
    [['lookup'], 'VALUE'],
    [['retract', 'x'], 'false-positive'],
    [['xyzzy'], 'intelmesh --help'],
  ] as const)('%j exits 2 and says what to write', async ([argv, hint]) => {
    const { exit, out, err } = await runTest(argv)
    expect({ exit, out }).toEqual({ exit: 2, out: '' })
    expect(err).toContain(hint)
  })

  it('says with --json what went wrong, as one document', async () => {
    const { exit, err } = await runTest(['show', 'x', '--json'], {
      api: { show: () => Promise.reject(new ApiError('RECORD_NOT_FOUND', 'no record x')) },
    })
    expect(exit).toBe(3)
    expect(JSON.parse(err)).toEqual({ error: { code: 'RECORD_NOT_FOUND', message: 'no record x' } })
  })

  it('never shows a stack, and makes messages printable', async () => {
    const api = { status: () => Promise.reject(new TypeError('odd \u001b[2J')) } as Partial<NodeApi>
    const { exit, err } = await runTest(['status'], { api })
    expect(exit).toBe(1)
    expect(err).toBe('intelmesh: odd \\u{1b}[2J (INTERNAL)\n')
  })

  test.for(['peers', 'tail'])('%s needs a running node, and opens no home', async (name) => {
    const node = { openHome: () => Promise.reject(new Error('opened')) }
    const { exit, err } = await runTest([name], { node })
    expect(exit).toBe(5)
    expect(err).toContain('intelmesh run')
  })

  it('waits for a home that another command holds, and then talks to the node that came up', async () => {
    let tries = 0
    const { exit } = await runTest(['quarantine'], {
      api: { quarantine: () => Promise.resolve([]) },
      node: {
        openHome: () => Promise.reject(Object.assign(new Error('held'), { code: 'HOME_IN_USE' })),
        findOwner: () =>
          Promise.resolve((tries += 1) < 3 ? undefined : { pid: 1, apiAddress: 'x', token: 't' }),
      },
    })
    expect({ exit, tries }).toEqual({ exit: 0, tries: 3 })
  })
})
