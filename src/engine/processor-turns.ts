import type { ModelView } from './view.ts'

/** What a turn at the processor depends on. */
export type Computing = Pick<ModelView, 'busy' | 'threads' | 'turnBegan' | 'isTurnOver'>

/**
 * The models in which requests may start now, of those that want to, so that no more threads compute than there are
 * cores; a model with more threads than that computes alone. Threads that spin for others that have no core make both
 * models a hundred times slower, so a model waits for the other's running requests, however long they take, and the
 * other starts no new ones once its turn is over.
 *
 * Those that wait get the processor in the order in which they had it last, and none overtakes another. So a model waits
 * for each of the others at most for the rest of a turn and for the requests that run at its end.
 */
export function modelsInTurn(
  models: ReadonlyMap<string, Computing>,
  wanting: Iterable<string>,
  cores: number,
): ReadonlySet<string> {
  const wanted = [...wanting].flatMap((id) => {
    const model = models.get(id)
    return model ? [{ id, ...model }] : []
  })
  const isComputing = ({ busy, threads }: Computing) => busy > 0 && threads > 0
  let taken = [...models.values()].filter(isComputing).reduce((sum, { threads }) => sum + threads, 0)
  const inTurn = new Set(wanted.filter(({ threads }) => threads === 0).map(({ id }) => id))
  let isWaitedFor = false
  const outside = wanted.filter((model) => model.threads > 0 && !isComputing(model))
  for (const { id, threads } of outside.sort((a, b) => a.turnBegan - b.turnBegan)) {
    isWaitedFor ||= taken > 0 && taken + threads > cores
    if (isWaitedFor) break
    taken += threads
    inTurn.add(id)
  }
  for (const model of wanted) if (isComputing(model) && !(isWaitedFor && model.isTurnOver)) inTurn.add(model.id)
  return inTurn
}
