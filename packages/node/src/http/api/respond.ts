import { PROBLEM_TYPE, type Problem, problemOf } from './problem.ts'

/** An answer of problem+json with the status of its code, and with what else the status asks for. */
export function problemResponse(
  code: string,
  detail: string,
  more: Readonly<Record<string, string>> = {},
): Response {
  return respondWith(problemOf(code, detail), more)
}

/** As {@link problemResponse}, for a problem that is there already. */
export function respondWith(problem: Problem, more: Readonly<Record<string, string>> = {}): Response {
  // The request may not have been read to its end, and what is left of it must not be taken for the next one.
  const headers = { 'content-type': PROBLEM_TYPE, connection: 'close', ...more }
  return Response.json(problem, { status: problem.status, headers })
}
