import { salvageHere, type Salvage, type SalvageOrder } from './salvage-here.ts'

/** What the process that salvages says to the one that started it. */
export type SalvageMessage =
  | { readonly records: number }
  | { readonly done: Salvage }
  | { readonly failed: string }

/**
 * The process that reads a damaged store, apart from the node: LevelDB may end it over files that contradict themselves. It takes
 * one order and answers with how far it is, and at last with what it saved.
 */
if (import.meta.main) process.once('message', (order: SalvageOrder) => void run(order))

async function run(order: SalvageOrder): Promise<void> {
  const say = (message: SalvageMessage): void => void process.send?.(message)
  try {
    say({ done: await salvageHere(order, (records) => say({ records })) })
  } catch (error) {
    say({ failed: String(error) })
  } finally {
    process.disconnect()
  }
}
