import type { Aliases } from './alias-file.ts'
import { longIds, type UsableModel } from './assign-names.ts'
import { looseName } from './name-table.ts'

/**
 * Which models are meant by the names that people gave. A model may be called otherwise now than when it got its name: what
 * was said then is looked for among all names that it has or could have. A name may stand for another given name; those that
 * lead in a circle, or to a model that is not there, are left out. Pure.
 */
export function resolveAliases(given: Aliases, usable: readonly UsableModel[]): ReadonlyMap<string, UsableModel> {
  const resolved = new Map<string, UsableModel>()
  const targets = Object.entries(given)
  if (targets.length === 0) return resolved
  const models = byName(usable)
  for (const [alias] of targets) {
    const model = follow(alias, given, models)
    if (model) resolved.set(alias, model)
  }
  return resolved
}

function follow(alias: string, given: Aliases, models: ReadonlyMap<string, UsableModel>): UsableModel | undefined {
  const seen = new Set<string>()
  for (let name = alias; Object.hasOwn(given, name) && !seen.has(name); ) {
    seen.add(name)
    name = given[name] ?? ''
    const model = models.get(name) ?? models.get(looseName(name))
    if (model) return model
  }
  return undefined
}

/** Ids before all other names, and whoever comes first keeps a name: as names are assigned. */
function byName(usable: readonly UsableModel[]): ReadonlyMap<string, UsableModel> {
  const models = new Map<string, UsableModel>()
  const add = (name: string, model: UsableModel) => {
    for (const each of [name, looseName(name)]) if (!models.has(each)) models.set(each, model)
  }
  for (const model of usable) add(model.candidate.id, model)
  for (const model of usable)
    for (const name of [...longIds(model), ...model.candidate.aliases, ...model.candidate.impliedAliases])
      add(name, model)
  return models
}
