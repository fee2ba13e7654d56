import { setTimeout as delay } from 'node:timers/promises'
import { type NodeApi, NodeRefusal, type PublishRequest } from '@intelmesh/node'
import type { Chance } from '../../packages/cli/src/demo/chance.ts'
import type { Recorder } from './open-recorder.ts'
import type { Violation } from './run-soak.ts'

/** What a load needs. */
export interface LoadComponents {
  readonly api: NodeApi
  readonly recorder: Recorder
  readonly chance: Chance
  /** Requests at a time. */
  readonly lanes: number
  /** Between an answer and the next request of the lane. */
  readonly pauseMs: number
  /** Called after each request has been handed to the network, with the number of those answered so far. */
  readonly onSent?: (answered: number) => void
}

/** Requests to publish, for as long as they are answered. */
export interface Load {
  /** Sends no more. */
  stop(): void
  /** Ends once nothing is under way. */
  readonly outcome: Promise<LoadOutcome>
}

export interface LoadOutcome {
  readonly requests: number
  /** Record ids that were answered and are in the recorder's file. */
  readonly acknowledged: readonly string[]
  /** STIX ids of requests to which no answer came: object by object, those of one compartment together. */
  readonly unanswered: readonly (readonly string[])[]
  readonly violations: readonly Violation[]
}

/** Starts at once. */
export function startLoad({ api, recorder, chance, lanes, pauseMs, onSent }: LoadComponents): Load {
  const acknowledged: string[] = []
  const unanswered: (readonly string[])[] = []
  const violations: Violation[] = []
  let isStopped = false
  let requests = 0
  let answered = 0

  async function lane(): Promise<void> {
    while (!isStopped) {
      const { request, batches } = draw(chance)
      requests += 1
      const answer = api.publish(request)
      onSent?.(answered)
      const published = await answer.then(
        (result) => {
          const { published, refused, held, unchanged } = result
          if (published.length !== request.objects.length)
            violations.push({
              code: 'PUBLISH_REFUSED',
              detail: `published ${published.length} of ${request.objects.length}: ${JSON.stringify({ refused, held, unchanged })}`,
            })
          return published.map(({ record }) => record)
        },
        (error: unknown) => {
          if (error instanceof NodeRefusal)
            violations.push({ code: 'PUBLISH_REFUSED', detail: String(error) })
        },
      )
      if (published === undefined) {
        unanswered.push(...batches)
        return
      }
      answered += 1
      await recorder.record(published)
      acknowledged.push(...published)
      if (pauseMs > 0) await delay(pauseMs)
    }
  }

  return {
    stop: () => void (isStopped = true),
    outcome: Promise.all(Array.from({ length: lanes }, lane)).then(() => ({
      requests,
      acknowledged,
      unanswered,
      violations,
    })),
  }
}

const MAX_OBJECTS = 20
/** TLP:CLEAR of TLP 2.0. @see STIX 2.1 section 7.2.1.4, and the OASIS TLP 2.0 extension */
const TLP_CLEAR = 'marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487'

/** 1 to 20 new indicators. Some requests mix labels, and so make two batches. */
function draw(chance: Chance): { request: PublishRequest; batches: readonly (readonly string[])[] } {
  const clearOneIn = chance.pick([1, 2, 3, Infinity])
  const objects = Array.from({ length: 1 + chance.below(MAX_OBJECTS) }, (_, i) => ({
    id: `indicator--${chance.uuid()}`,
    value: `203.0.${chance.below(256)}.${chance.below(256)}`,
    isClear: i % clearOneIn === 0 && clearOneIn !== Infinity,
  }))
  const batches = [true, false].map((isClear) => objects.filter((object) => object.isClear === isClear))
  return {
    request: {
      tlp: 'green',
      objects: objects.map(({ id, value, isClear }, i) => ({
        where: `object ${i}`,
        text: JSON.stringify(indicator(id, value, isClear)),
      })),
    },
    batches: batches.map((batch) => batch.map(({ id }) => id)).filter(({ length }) => length > 0),
  }
}

function indicator(id: string, value: string, isClear: boolean): object {
  return {
    type: 'indicator',
    spec_version: '2.1',
    id,
    created: '2026-01-01T00:00:00.000Z',
    modified: '2026-01-01T00:00:00.000Z',
    name: 'soak',
    pattern: `[ipv4-addr:value = '${value}']`,
    pattern_type: 'stix',
    valid_from: '2026-01-01T00:00:00Z',
    ...(isClear ? { object_marking_refs: [TLP_CLEAR] } : {}),
  }
}
