import type { Command, CommandGroup } from './command.ts'
import { EXIT_MEANINGS } from './exit-codes.ts'
import { optionText, optionTitle, usageOf } from './help.ts'
import { isGroup, optionsOf } from './parse-command-line.ts'

/**
 * The manual of the command line as Markdown, out of the declarations of the commands.
 *
 * @param settings the text of a settings file with nothing but defaults
 */
export function commandReference(tree: readonly (Command | CommandGroup)[], settings: string): string {
  const entries = tree.flatMap((entry) =>
    isGroup(entry)
      ? entry.commands.map((command) => ({ path: `${entry.name} ${command.name}`, command }))
      : [{ path: entry.name, command: entry }],
  )
  return [
    INTRODUCTION,
    `## Exit codes\n\n${table(
      ['code', 'meaning'],
      Object.entries(EXIT_MEANINGS).map(([code, meaning]) => [code, meaning]),
    )}`,
    SECRETS,
    `## Settings\n\n${SETTINGS}\n\n\`\`\`toml\n${settings.trimEnd()}\n\`\`\`\n`,
    '## Commands\n',
    ...entries.map(({ path, command }) => commandSection(path, command)),
    API,
  ].join('\n')
}

const INTRODUCTION = `# The command line

\`intelmesh COMMAND [options]\`. Every command has \`--help\` with examples. This page is made from the same declarations.

A **home** is the folder of one node: its keys, certificates, store and settings. It is \`--home DIR\`, else \`INTELMESH_HOME\`,
else \`~/.intelmesh\`. One process at a time owns a home. While \`intelmesh run\` does, other commands talk to it over its API;
otherwise they open the home themselves, under the same lock. \`tail\` and \`peers\` need the running node.

\`--json\` prints one JSON document on standard output (\`tail\`: one a line), and an error as \`{"error":{"code","message"}}\` on
standard error. Codes are stable; messages are for people. Text from records is printed with control characters escaped.
\`NO_COLOR\` and \`FORCE_COLOR\` are heeded, and tables are cut to the width of a terminal, never in a pipe.

Where a command takes a time, it takes a date (\`2030-01-31\`), an instant (\`2030-01-31T12:00:00Z\`), or a span from now or
before now (\`45m\`, \`12h\`, \`30d\`, \`2w\`).
`

const SECRETS = `## Passphrases

\`aco init\` protects the keys of an ACO by a passphrase that it asks for twice, or that it reads: the first line of
\`--passphrase-file FILE\`, of standard input with \`-\`, or of the file that \`INTELMESH_PASSPHRASE_FILE\` names. It is never an
argument or the value of a variable, since other processes can read those. \`--key-file\` leaves the keys to the mode of
their files (0600). The key of a member is such a file unless \`join\` or \`request\` was given a passphrase.
`

const SETTINGS = `\`<home>/intelmesh.toml\`. Flags beat environment variables, which beat the file. An unknown key or a value of another form is
refused, naming the key and where it stands (\`CONFIG_INVALID\`). In a variable, lists are separated by commas.`

const API = `## The API

A running node serves HTTP on \`127.0.0.1\`, on the port of \`<home>/run.json\`, to who sends \`Authorization: Bearer TOKEN\`: the
token of \`<home>/api.token\` (mode 0600), which may do everything, or one that \`token create\` made. Requests under a foreign host
name are refused, so that no web page can reach it. Across a network, put a proxy with TLS in front, or a tunnel.

Commands with \`--api URL\` ask such a node without a home. The token comes from \`INTELMESH_TOKEN\` or \`--token-file FILE\`, never
from an argument, which other processes can read; the address also from \`INTELMESH_API\`. A token without an address asks the
running node of the home on behalf of its person.

- \`POST /api/v1/METHOD\` with a JSON object: \`status\`, \`peers\`, \`doctor\`, \`inbox\`, \`feeds\`, \`tokens\`, \`storeStats\`, \`compactStore\` \`{}\`;
  \`lookup\` \`{"values":[…]}\`; \`show\` and \`revokeToken\` \`{"id":…}\`; \`settle\` \`{"record":…}\`; \`records\`, \`export\` and \`audit\` with a
  filter; \`publish\`, \`amend\`, \`comment\`, \`retract\`, \`quarantine\`, \`createToken\`, \`verifyAudit\`; on an ACO's node also
  \`aco/invite\`, \`aco/requests\`, \`aco/issue\`, \`aco/list\`, \`aco/act\`. A field that is not known is refused.
- \`GET /api/v1/tail\`: records as they arrive, as server-sent events named \`record\`.
- \`GET /api/v1/filter\`: fingerprints of what is known, as bytes, to tell at home of many values which to look up.
- \`GET /api/v1/backup\`: the rows of the store, as bytes. \`GET /api/v1/verifyStore\`: events named \`progress\`.
- \`GET /api/v1/syncExport\`: a file of \`sync export\`, as bytes. \`POST /api/v1/syncImport\` takes one.
- \`GET /metrics\`: metrics for Prometheus, with a token of scope \`read\` (\`authorization.credentials_file\`).
- \`GET /health\`: whether the node answers; without token.

Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\`. [api.md](../spec/api.md) says all of it: scopes, rates, and
how another program checks the audit trail.
`

function commandSection(path: string, command: Command): string {
  const parts = [
    `### intelmesh ${path}\n`,
    `${[`${command.summary.slice(0, 1).toUpperCase()}${command.summary.slice(1)}.`, ...(command.about ?? [])].map(escape).join('\n\n')}\n`,
    `\`\`\`\n${usageOf(path, command)}\n\`\`\`\n`,
    table(
      ['', ''],
      [
        ...command.args.map(({ name, summary }): readonly string[] => [`\`${name}\``, escape(summary)]),
        ...Object.entries(optionsOf(command))
          .filter(([name]) => name !== 'help')
          .map(([name, option]): readonly string[] => [
            `\`${optionTitle(name, option)}\``,
            escape(optionText(option)),
          ]),
      ],
    ),
    ...command.examples.map(({ line, about }) => `${escape(about)}\n\n\`\`\`sh\n${line}\n\`\`\`\n`),
  ]
  return parts.join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('')
}

/** Angle brackets outside code would be taken for HTML. */
function escape(text: string): string {
  return text.replaceAll('<', '\\<')
}
