import { existsSync } from 'node:fs'
import { composeRegistry } from '../../compose-registry.ts'
import { composeRuntime } from '../../compose-runtime.ts'
import type { Config } from '../../config/config.ts'
import type { Environment } from '../../config/environment.ts'
import { messageOf } from '../../core/errors.ts'
import type { ModelKind } from '../../core/model.ts'
import type { Runtime } from '../../core/runtime.ts'
import { createCatalog, findInCatalog } from '../../models/catalog/catalog.ts'
import type { ModelProblem, ModelRegistry } from '../../models/registry.ts'
import type { DefaultModel, DoctorFacts } from './facts.ts'

/** What can be said of the models of a configuration. Loads none. */
export async function gatherModels({
  config,
  environment,
}: {
  readonly config: Config
  readonly environment: Environment
}): Promise<Pick<DoctorFacts, 'defaultModels' | 'unusableFiles'>> {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const registry = composeRegistry({ config, environment, log: silent })
  const runtime = composeRuntime({ environment, log: silent })
  const problems = await registry.problems()
  const search = { registry, runtime, problems, catalog: createCatalog(config.catalog) }
  const defaultModels = await Promise.all([
    gatherDefault({ ...search, kind: 'chat', name: config.model_path ?? config.model }),
    gatherDefault({ ...search, kind: 'embedding', name: config.embedding_model }),
  ])
  const named = new Set(defaultModels.map(({ id }) => id))
  return { defaultModels, unusableFiles: problems.filter(({ id }) => !named.has(id)) }
}

interface Search {
  readonly registry: ModelRegistry
  readonly runtime: Runtime
  readonly problems: readonly ModelProblem[]
  readonly catalog: ReturnType<typeof createCatalog>
  readonly kind: Extract<ModelKind, 'chat' | 'embedding'>
  /** As the configuration names it. */
  readonly name: string
}

async function gatherDefault({ registry, runtime, problems, catalog, kind, name }: Search): Promise<DefaultModel> {
  const listed = findInCatalog(catalog, name)
  const base = {
    id: name,
    kind,
    isCatalogued: listed !== undefined,
    ...(listed?.sizeBytes !== undefined && { sizeBytes: listed.sizeBytes }),
  }
  try {
    const entry = await registry.find(undefined, kind)
    if (entry.kind !== kind) return { ...base, state: 'unusable', problem: `it is for ${entry.kind}.` }
    const { architecture } = entry.header
    return { ...base, id: entry.id, state: 'installed', architecture, least: runtime.least(entry) }
  } catch (error) {
    const known = problems.find(({ id, path }) => id === name || id === listed?.id || path === name)
    // A model that is wanted and not there is among the problems, too.
    if (known && existsSync(known.path)) return { ...base, state: 'unusable', problem: known.problem }
    const isMissing = known !== undefined || (error as { code?: unknown }).code === 'model_not_found'
    return isMissing ? { ...base, state: 'missing' } : { ...base, state: 'unusable', problem: messageOf(error) }
  }
}
