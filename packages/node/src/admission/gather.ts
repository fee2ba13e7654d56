/** Answers all questions that come in one turn of the event loop by one read; the answer to each stands where the question stood. */
export function gather<Question, Answer>(
  ask: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): (question: Question) => Promise<Answer> {
  let waiting: { readonly question: Question; readonly answer: PromiseWithResolvers<Answer> }[] = []

  async function askAll(): Promise<void> {
    const asked = waiting
    waiting = []
    try {
      const answers = await ask(asked.map(({ question }) => question))
      asked.forEach(({ answer }, i) => answer.resolve(answers[i] as Answer))
    } catch (error) {
      for (const { answer } of asked) answer.reject(error)
    }
  }

  return (question) => {
    const answer = Promise.withResolvers<Answer>()
    waiting.push({ question, answer })
    if (waiting.length === 1) setImmediate(() => void askAll())
    return answer.promise
  }
}
