import type { ModelEntry } from '../../core/model.ts'
import { HeaderProblem } from '../gguf/header-problem.ts'
import type { ModelFiles } from '../model-file.ts'
import { kindOf } from '../model-kind.ts'
import type { ModelProblem } from '../registry.ts'
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
}

/** Looks at the disk: cheap where nothing has changed since `files` looked last. */
export async function takeSnapshot(options: RegistryOptions, files: ModelFiles): Promise<Snapshot> {
  const candidates = await findCandidates(options)
  const results = await Promise.all(candidates.map(({ path }) => files.read(path)))
  const names = new NameTable()
  const entries: ModelEntry[] = []
  const problems: ModelProblem[] = []
  const notInstalled = new Set<string>()
  for (const [index, candidate] of candidates.entries()) {
    const { id, path } = candidate
    const result = results[index]
    if (result === undefined || result instanceof HeaderProblem) {
      problems.push({ id, path, problem: sayProblem(candidate, result) })
      if (candidate.entry && result?.reason === 'missing') notInstalled.add(id)
    } else if (names.add(id)) {
      entries.push(toEntry(candidate, result, options))
    } else {
      problems.push({ id, path, problem: `another model has the same name '${id}'` })
    }
  }
  const usable = candidates.filter(({ id, path }) => entries.some((entry) => entry.id === id && entry.path === path))
  for (const { id, aliases } of usable) for (const alias of aliases) names.addAlias(alias, id)
  for (const { id, impliedAliases } of usable) for (const alias of impliedAliases) names.addAlias(alias, id)
  return {
    entries: entries.map((entry) => ({ ...entry, aliases: names.aliasesOf(entry.id) })),
    names,
    problems,
    notInstalled,
  }
}

function sayProblem({ entry }: Candidate, problem: HeaderProblem | undefined): string {
  if (entry && problem?.reason === 'missing') return `it is not installed; \`hearth pull ${entry.id}\` fetches it`
  return problem?.message ?? 'it cannot be read'
}

type ReadFile = Exclude<Awaited<ReturnType<ModelFiles['read']>>, HeaderProblem>

function toEntry({ id, setting, entry }: Candidate, file: ReadFile, { defaults }: RegistryOptions): ModelEntry {
  return {
    id,
    aliases: [],
    kind: setting.kind ?? entry?.kind ?? kindOf(file.header),
    format: 'gguf',
    ...file,
    load: { ...defaults.load, ...setting.load },
    defaults: { ...defaults.generation, ...setting.defaults },
  }
}
