import { stringify } from 'smol-toml'
import { listSettings, variableOf } from './settings.ts'

/**
 * The text of a settings file: every setting with what it is for, set where `chosen` has it (by full name, such as
 * `network.listen`) and commented out with its default elsewhere.
 */
export function formatConfig(chosen: Readonly<Record<string, unknown>> = {}): string {
  let section = ''
  const lines = ['# Settings of this node. Flags beat environment variables, which beat this file.']
  for (const setting of listSettings()) {
    if (setting.section !== section) lines.push('', `[${setting.section}]`)
    section = setting.section
    const isChosen = Object.hasOwn(chosen, setting.key)
    const value = isChosen ? chosen[setting.key] : setting.default
    const line = stringify({ [setting.name]: value }).trim()
    lines.push(`# ${setting.about} (${variableOf(setting.key)})`, isChosen ? line : `# ${line}`)
  }
  return `${lines.join('\n')}\n`
}
