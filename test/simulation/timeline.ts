/** Somebody to whom events belong: while it is paused they wait, and once it is dead they are dropped. */
export interface Owner {
  pausedUntil: number
  isDead: boolean
}

/** Time that passes only when somebody lets it, event by event. In ms since the Unix epoch, in fractions too. */
export interface Timeline {
  readonly now: number
  /** Has something done so many ms from now, unless the function that it gives is called before. */
  after(ms: number, run: () => void, owner?: Owner): () => void
  /** As soon as nothing else can go on without time passing. */
  soon(run: () => void): () => void
  /** Lets time pass, with all that happens in it. */
  pass(ms: number): Promise<void>
  /** Lets everything go on that needs no time to pass. */
  settle(): Promise<void>
  /** Lets time pass until some work has ended, and gives what it gives. @throws RangeError when nothing is left that could end it */
  until<T>(work: PromiseLike<T>): Promise<T>
}

interface Event {
  at: number
  /** Events of one instant keep their order. */
  readonly order: number
  readonly run: () => void
  readonly owner: Owner | undefined
  isCancelled: boolean
}

/** Begins at `start`. `turn` resolves once no promise can be settled any more without an event. */
export function createTimeline(start: number, turn: () => Promise<void>): Timeline {
  const heap: Event[] = []
  let waiting: Event[] = []
  let now = start
  let order = 0

  function eventOf(at: number, run: () => void, owner?: Owner): Event {
    return { at, order: order++, run, owner, isCancelled: false }
  }

  async function settle(): Promise<void> {
    for (;;) {
      await turn()
      if (waiting.length === 0) return
      const due = waiting
      waiting = []
      for (const event of due) if (!event.isCancelled) event.run()
    }
  }

  /** Takes the next event out, and lets it have its effect unless it has none any more. */
  async function happen(next: Event): Promise<void> {
    pop(heap)
    if (next.isCancelled || next.owner?.isDead === true) return
    const { pausedUntil = 0 } = next.owner ?? {}
    if (pausedUntil > next.at) {
      next.at = pausedUntil
      push(heap, next)
      return
    }
    now = next.at
    next.run()
    await settle()
  }

  return {
    get now() {
      return now
    },
    after(ms, run, owner) {
      const event = eventOf(now + Math.max(0, ms), run, owner)
      push(heap, event)
      return () => void (event.isCancelled = true)
    },
    soon(run) {
      const event = eventOf(now, run)
      waiting.push(event)
      return () => void (event.isCancelled = true)
    },
    settle,
    async pass(ms) {
      const until = now + ms
      await settle()
      for (let next = heap[0]; next !== undefined && next.at <= until; next = heap[0]) await happen(next)
      now = until
    },
    async until(work) {
      let isDone = false
      const done = Promise.resolve(work).finally(() => (isDone = true))
      done.catch(() => undefined)
      await settle()
      while (!isDone) {
        const [next] = heap
        if (next === undefined) throw new RangeError('expected something to happen')
        await happen(next)
      }
      return done
    },
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

function push(heap: Event[], event: Event): void {
  let at = heap.push(event) - 1
  while (at > 0) {
    const above = (at - 1) >> 1
    if (!isBefore(event, heap[above] as Event)) break
    heap[at] = heap[above] as Event
    at = above
  }
  heap[at] = event
}

function pop(heap: Event[]): void {
  const last = heap.pop() as Event
  if (heap.length === 0) return
  let at = 0
  for (;;) {
    let least = 2 * at + 1
    if (least >= heap.length) break
    if (least + 1 < heap.length && isBefore(heap[least + 1] as Event, heap[least] as Event)) least++
    if (!isBefore(heap[least] as Event, last)) break
    heap[at] = heap[least] as Event
    at = least
  }
  heap[at] = last
}
