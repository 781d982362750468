import type { Command, CommandContext } from '../command.ts'
import { interruptible } from '../interruptible.ts'
import { reportProblems } from '../report-problems.ts'

/** Fetches models of the catalog into the models folder. */
export const pullCommand: Command = {
  name: 'pull',
  summary: 'Fetch models from the catalog, by name, or the default ones (--defaults)',
  usage: 'NAME… | --defaults [OPTIONS]',
  details:
    'Fetches models into the models folder; hearth list shows the names. An interrupted download is continued by the next pull. HF_ENDPOINT, HF_TOKEN and the proxy variables are honoured.',
  flags: [{ name: 'defaults', summary: 'Fetch what is missing of the default chat and embedding model.' }],
  takesOptions: ['models_dir', 'model', 'model_path', 'embedding_model'],
  operands: [0, 100],
  run: pullModels,
}

async function pullModels(context: CommandContext): Promise<number> {
  const [{ readConfig }, { createCatalog }, { defaultModelNames }, { fetchModels }] = await Promise.all([
    import('../read-config.ts'),
    import('../../models/catalog/catalog.ts'),
    import('../missing-models.ts'),
    import('../fetch-models.ts'),
  ])
  const { defaults, ...flags } = context.flags
  const { config, problems } = readConfig({ ...context, flags })
  const wanted = defaults === 'true' ? defaultModelNames(config) : []
  const unknown = await unknownNames(context.operands, createCatalog(config.catalog))
  const names = [...context.operands, ...wanted]
  const nothing = names.length > 0 ? [] : [{ path: 'NAME', message: 'name a model, or say --defaults' }]
  if (reportProblems([...problems, ...unknown, ...nothing], context)) return 2
  return interruptible(async (signal) => {
    for (const result of await fetchModels({ config, environment: context.environment, names, signal })) {
      const { id, path, wasFetched } = result
      if (wasFetched || defaults !== 'true') context.write(`${id}: ${wasFetched ? 'fetched' : 'is there'}, ${path}\n`)
    }
    return 0
  })
}

async function unknownNames(names: readonly string[], catalog: readonly { id: string }[]) {
  const { nearestName } = await import('../../config/nearest-name.ts')
  const ids = catalog.map(({ id }) => id)
  const isUnknown = (name: string) => !ids.some((id) => id.toLowerCase() === name.toLowerCase())
  return names.filter(isUnknown).map((name) => {
    const near = nearestName(name, ids)
    const hint = near ? `did you mean '${near}'?` : "'hearth list' shows the names"
    return { path: name, message: `is not in the catalog; ${hint}` }
  })
}
