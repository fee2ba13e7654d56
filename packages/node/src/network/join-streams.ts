import type { Stream } from '@libp2p/interface'

/** Notes bytes that one side sent, and gives the ms that its next ones have to wait. */
export type Charge = (bytes: number) => number

/**
 * Makes one of two streams: what comes out of either goes into the other, no faster than the other takes it and than
 * the charge for its side allows. When one ends the other does, so that nothing is held for longer.
 */
export function joinStreams(a: Stream, b: Stream, charge: { readonly a: Charge; readonly b: Charge }): void {
  passOn(a, b, charge.a)
  passOn(b, a, charge.b)
}

function passOn(from: Stream, to: Stream, charge: Charge): void {
  let isWaiting = false

  const goOn = (): void => {
    if (from.readStatus === 'paused' && !isWaiting && !to.writableNeedsDrain) from.resume()
  }
  const wait = (ms: number): void => {
    isWaiting = true
    setTimeout(() => {
      isWaiting = false
      goOn()
    }, ms).unref()
  }

  from.addEventListener('message', ({ data }) => {
    if (to.writeStatus !== 'writable') return
    const hasRoom = to.send(data)
    const ms = charge(data.byteLength)
    if (ms > 0 && !isWaiting) wait(ms)
    if ((isWaiting || !hasRoom) && from.readStatus === 'readable') from.pause()
  })
  to.addEventListener('drain', goOn)
  from.addEventListener('end', () => void to.close().catch((fault: Error) => to.abort(fault)))
  from.addEventListener('close', ({ error }) => {
    if (error !== undefined) to.abort(error)
  })
  goOn()
}
