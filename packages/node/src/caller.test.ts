import { expect, test } from 'vitest'
import { clearanceOf, LOCAL } from './caller.ts'

test.for([
  ['clear', 'green', 'clear'],
  ['green', 'green', 'green'],
  ['red', 'green', 'green'],
  ['green', 'clear', 'clear'],
] as const)('clearanceOf a caller cleared for %s at a node cleared for %s is %s', ([caller, own, seen]) => {
  expect(clearanceOf({ ...LOCAL, clearance: caller }, own)).toBe(seen)
  expect(clearanceOf(LOCAL, own)).toBe(own)
})
