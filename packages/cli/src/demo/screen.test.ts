import { describe, expect, it } from 'vitest'
import { createScreen, type Screen } from './screen.ts'

const COLUMNS = [{ title: 'node' }, { title: 'records' }]

describe(createScreen, () => {
  it('draws a table anew in the place of the last on a terminal', () => {
    const { screen, said } = open(true)
    screen.live(COLUMNS, [['a', '1']], 'a 1')
    screen.live(COLUMNS, [['a', '2']], 'a 2')
    expect(said()).toBe('   NODE  RECORDS\n   a     1\n\u{1b}[2A\u{1b}[J   NODE  RECORDS\n   a     2\n')
  })

  it('leaves a table standing once something else was said', () => {
    const { screen, said } = open(true)
    screen.live(COLUMNS, [['a', '1']], 'a 1')
    screen.line('and then')
    screen.live(COLUMNS, [['a', '2']], 'a 2')
    expect(said()).not.toContain('\u{1b}')
  })

  it('says plain lines now and then where there is no terminal, and only what is new', () => {
    const { screen, said, clock } = open(false)
    screen.live(COLUMNS, [['a', '1']], 'a 1')
    screen.live(COLUMNS, [['a', '2']], 'a 2')
    clock.now += 10_000
    screen.live(COLUMNS, [['a', '1']], 'a 1')
    screen.live(COLUMNS, [['a', '3']], 'a 3')
    expect(said()).toBe('   a 1\n   a 3\n')
  })

  it('breaks long paragraphs between words and keeps their indent', () => {
    const { screen, said } = open(true, 20)
    screen.line('one two three four five')
    expect(said()).toBe('   one two three\n   four five\n')
  })
})

function open(
  isTerminal: boolean,
  width = 80,
): { screen: Screen; said: () => string; clock: { now: number } } {
  let said = ''
  const clock = { now: 0 }
  const output = { isTerminal, columns: width, write: (text: string) => void (said += text) }
  const screen = createScreen(output, { width, hasColour: false }, () => clock.now)
  return { screen, said: () => said, clock }
}
