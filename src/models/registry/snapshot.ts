import type { ModelEntry } from '../../core/model.ts'
import { HeaderProblem } from '../gguf/header-problem.ts'
import type { ModelFile, ModelFiles } from '../model-file.ts'
import { kindOf } from '../model-kind.ts'
import type { ModelProblem } from '../registry.ts'
import type { Aliases, ReadAliases } from './alias-file.ts'
import { type Candidate, findCandidates } from './candidates.ts'
import { NameTable } from './name-table.ts'
import type { RegistryOptions } from './registry-options.ts'

/** What there is at one moment. */
export interface Snapshot {
  readonly entries: readonly ModelEntry[]
  readonly names: NameTable
  readonly problems: readonly ModelProblem[]
  /** Ids of models of the catalog whose file is not there, though a setting or a default names them. */
  readonly notInstalled: ReadonlySet<string>
  /** What each id stands for, be it usable or not. */
  readonly candidates: ReadonlyMap<string, Candidate>
  /** Names that were given for good, with the ids that they were given to, whether those are there or not. */
  readonly givenAliases: Aliases
}

/** Looks at the disk: cheap where nothing has changed since `files` looked last. */
export async function takeSnapshot(options: RegistryOptions, files: ModelFiles, given: ReadAliases): Promise<Snapshot> {
  const found = await findCandidates(options)
  const results = await Promise.all(found.map(({ path }) => files.read(path)))
  const names = new NameTable()
  const usable = new Map<Candidate, ModelEntry>()
  const problems: ModelProblem[] = given.problem ? [{ id: 'aliases', path: given.path, problem: given.problem }] : []
  const notInstalled = new Set<string>()
  for (const [index, candidate] of found.entries()) {
    const { id, path } = candidate
    const result = results[index]
    if (result === undefined || result instanceof HeaderProblem) {
      problems.push({ id, path, problem: sayProblem(candidate, result) })
      if (candidate.entry && result?.reason === 'missing') notInstalled.add(id)
    } else if (names.add(id)) {
      usable.set(candidate, toEntry(candidate, result, options))
    } else {
      problems.push({ id, path, problem: `another model has the same name '${id}'` })
    }
  }
  addAliases(names, [...usable.keys()], given.aliases)
  return {
    entries: [...usable.values()].map((entry) => ({ ...entry, aliases: names.aliasesOf(entry.id) })),
    names,
    problems,
    notInstalled,
    // Later ones hide earlier ones: of two with one id the usable one is meant, which is the first.
    candidates: new Map([...found.toReversed(), ...usable.keys()].map((candidate) => [candidate.id, candidate])),
    givenAliases: given.aliases,
  }
}

/** Names that people gave go before those that follow from files. */
function addAliases(names: NameTable, usable: readonly Candidate[], given: Aliases): void {
  for (const { id, aliases } of usable) for (const alias of aliases) names.addAlias(alias, id)
  const ids = new Set(usable.map(({ id }) => id))
  for (const [alias, id] of Object.entries(given)) if (ids.has(id)) names.addAlias(alias, id)
  for (const { id, impliedAliases } of usable) for (const alias of impliedAliases) names.addAlias(alias, id)
}

function sayProblem({ entry }: Candidate, problem: HeaderProblem | undefined): string {
  if (entry && problem?.reason === 'missing') return `it is not installed; \`hearth pull ${entry.id}\` fetches it`
  return problem?.message ?? 'it cannot be read'
}

function toEntry({ id, setting, entry }: Candidate, file: ModelFile, { defaults }: RegistryOptions): ModelEntry {
  const { isPinned, keepAliveSeconds } = setting
  return {
    id,
    aliases: [],
    kind: setting.kind ?? entry?.kind ?? kindOf(file.header),
    format: 'gguf',
    ...file,
    load: { ...defaults.load, ...setting.load },
    defaults: { ...defaults.generation, ...setting.defaults },
    ...(isPinned !== undefined && { isPinned }),
    ...(keepAliveSeconds !== undefined && { keepAliveSeconds }),
  }
}
