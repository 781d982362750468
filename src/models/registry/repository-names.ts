import { isSameQuantisation, plainQuantisation, quantisationOfName } from '../quantisation-name.ts'
import type { FoundModel } from '../stores/found-model.ts'

interface InRepository {
  readonly repository?: FoundModel['repository'] | undefined
  readonly root?: string | undefined
}

/**
 * What files of repositories are called besides: `user/repository:QUANTISATION` where no other file of that repository has it,
 * and `user/repository` where the file is its only one. Each store is taken by itself. Pure.
 */
export function repositoryNames<M extends InRepository>(models: readonly M[]): ReadonlyMap<M, readonly string[]> {
  const names = new Map<M, readonly string[]>()
  const placed = models.filter(({ repository }) => repository !== undefined)
  for (const together of Map.groupBy(placed, ({ root, repository }) => `${root}\n${repository?.name}`).values()) {
    const quantisations = together.map(({ repository }) => quantisationOfName(repository?.file ?? ''))
    for (const [index, model] of together.entries()) {
      const repository = model.repository?.name ?? ''
      const own = quantisations[index]
      const isOnly =
        own !== undefined && quantisations.filter((each) => each && isSameQuantisation(each, own)).length === 1
      const tags = isOnly ? new Set([own, plainQuantisation(own).replace(/^UD-/, '')]) : []
      const whole = together.length === 1 ? [repository] : []
      names.set(model, [...whole, ...[...tags].map((tag) => `${repository}:${tag}`)])
    }
  }
  return names
}
