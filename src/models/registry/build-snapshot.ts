import type { ModelEntry } from '../../core/model.ts'
import { HeaderProblem } from '../gguf/header-problem.ts'
import type { ReadModelFile } from '../model-file.ts'
import { kindOf } from '../model-kind.ts'
import type { ModelProblem } from '../registry.ts'
import type { Aliases, ReadAliases } from './alias-file.ts'
import { assignNames, type UsableModel } from './assign-names.ts'
import type { Candidate } from './candidates.ts'
import { resolveAliases } from './given-names.ts'
import { NameTable } from './name-table.ts'
import type { RegistryOptions } from './registry-options.ts'
import { repositoryNames } from './repository-names.ts'

/** What there is at one moment. */
export interface Snapshot {
  /** By their ids. */
  readonly entries: ReadonlyMap<string, ModelEntry>
  readonly names: NameTable
  readonly problems: readonly ModelProblem[]
  /** Ids of models of the catalog whose file is not there, though a setting or a default names them. */
  readonly notInstalled: ReadonlySet<string>
  /** What each id stands for, be it usable or not. */
  readonly candidates: ReadonlyMap<string, Candidate>
  /** Names that were given for good, with what they were given to, whether that is there or not. */
  readonly givenAliases: Aliases
  /** The ids of those of them that are there. */
  readonly givenIds: ReadonlyMap<string, string>
}

/** What was seen of the disk. */
export interface Sight {
  readonly candidates: readonly Candidate[]
  /** Folders that could not be looked into. */
  readonly problems: readonly ModelProblem[]
  readonly reads: ReadonlyMap<Candidate, ReadModelFile>
  readonly options: RegistryOptions
  readonly given: ReadAliases
}

/** Works out who is called what, and what cannot be used. Pure. */
export function buildSnapshot(sight: Sight): Snapshot {
  const { usable, broken } = sortOut(sight)
  const names = new NameTable()
  const given = resolveAliases(sight.given.aliases, usable)
  const { ids, twins, nameless } = assignNames(usable, names, given)
  const givenIds = new Map([...given].flatMap(([alias, model]) => idOf(ids, alias, twins.get(model) ?? model)))
  addAliases(names, { ids, twins }, givenIds)
  const unusable = [
    ...broken.map(({ candidate, problem }) => ({ candidate, problem: sayProblem(candidate, problem) })),
    ...nameless.map(({ candidate }) => ({
      candidate,
      problem: `another model has the same name '${candidate.longId ?? candidate.id}'`,
    })),
  ].map(({ candidate, problem }) => ({ id: freeId(candidate, names), candidate, problem }))
  return {
    entries: new Map([...ids].map(([model, id]) => [id, toEntry(model, id, { aliases: names.aliasesOf(id), sight })])),
    names,
    problems: [...foldersOf(sight), ...unusable.map(toProblem)],
    notInstalled: new Set(
      broken
        .filter(({ candidate, problem }) => isNotInstalled(candidate, problem))
        .map(({ candidate }) => candidate.id),
    ),
    // Later ones hide earlier ones: of two with one id the usable one is meant.
    candidates: new Map<string, Candidate>([
      ...unusable.toReversed().map(({ id, candidate }) => [id, candidate] as const),
      ...[...ids].map(([{ candidate }, id]) => [id, candidate] as const),
    ]),
    givenAliases: sight.given.aliases,
    givenIds,
  }
}

interface BrokenModel {
  readonly candidate: Candidate
  readonly problem: HeaderProblem
}

function sortOut({ candidates, reads }: Sight): { usable: readonly UsableModel[]; broken: readonly BrokenModel[] } {
  const usable: UsableModel[] = []
  const broken: BrokenModel[] = []
  for (const candidate of candidates) {
    const { result, identity } = reads.get(candidate) ?? {}
    // In folders of other programs image readers lie beside their models: nobody takes them for models there.
    const isExpected =
      result instanceof HeaderProblem && result.reason === 'companion' && candidate.longId !== undefined
    if (result instanceof HeaderProblem && !isExpected) broken.push({ candidate, problem: result })
    else if (result && !(result instanceof HeaderProblem))
      usable.push({ candidate, file: result, ...(identity !== undefined && { identity }) })
  }
  return { usable, broken }
}

interface Named {
  readonly ids: ReadonlyMap<UsableModel, string>
  readonly twins: ReadonlyMap<UsableModel, UsableModel>
}

/** Names that people gave go before those that follow from files, and those before the names of repositories. */
function addAliases(names: NameTable, { ids, twins }: Named, given: ReadonlyMap<string, string>): void {
  const all = [...ids, ...[...twins].flatMap(([twin, model]) => idOf(ids, twin, model))]
  for (const [{ candidate }, id] of all) for (const alias of candidate.aliases) names.addAlias(alias, id)
  for (const [alias, id] of given) names.addAlias(alias, id)
  for (const [{ candidate }, id] of all)
    for (const alias of [candidate.id, ...candidate.impliedAliases]) if (alias !== id) names.addAlias(alias, id)
  const repositories = repositoryNames(all.map(([{ candidate }]) => candidate))
  for (const [{ candidate }, id] of all)
    for (const alias of repositories.get(candidate) ?? []) names.addAlias(alias, id)
}

/** A pair of anything with the model's id, where it has one. */
function idOf<Key>(ids: Named['ids'], key: Key, model: UsableModel): readonly (readonly [Key, string])[] {
  const id = ids.get(model)
  return id === undefined ? [] : [[key, id]]
}

/** What cannot be used must not be called like what can. */
const freeId = ({ id, longId }: Candidate, names: NameTable): string => (names.has(id) ? (longId ?? id) : id)

const isNotInstalled = ({ entry }: Candidate, { reason }: HeaderProblem): boolean =>
  entry !== undefined && reason === 'missing'

function sayProblem(candidate: Candidate, problem: HeaderProblem): string {
  return isNotInstalled(candidate, problem)
    ? `it is not installed; \`hearth pull ${candidate.entry?.id}\` fetches it`
    : problem.message
}

function toProblem({ id, candidate, problem }: { id: string; candidate: Candidate; problem: string }): ModelProblem {
  const { path, store } = candidate
  return { id, path, problem, ...(store && { store }) }
}

function foldersOf({ problems, given: { path, problem } }: Sight): readonly ModelProblem[] {
  return problem === undefined ? problems : [...problems, { id: path, path, problem, isFolder: true }]
}

function toEntry(model: UsableModel, id: string, more: { aliases: readonly string[]; sight: Sight }): ModelEntry {
  const { setting, entry, load, defaults, store, notes } = model.candidate
  const { isPinned, keepAliveSeconds } = setting
  const whole = more.sight.options.defaults
  return {
    id,
    aliases: more.aliases,
    kind: setting.kind ?? entry?.kind ?? kindOf(model.file.header),
    format: 'gguf',
    ...model.file,
    load: { ...whole.load, ...load, ...setting.load },
    defaults: { ...whole.generation, ...defaults, ...setting.defaults },
    ...(isPinned !== undefined && { isPinned }),
    ...(keepAliveSeconds !== undefined && { keepAliveSeconds }),
    ...(store && { store }),
    ...(notes && { notes }),
  }
}
