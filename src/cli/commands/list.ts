import type { ListedModel } from '../../models/list-models.ts'
import type { Command, CommandContext } from '../command.ts'
import { reportProblems } from '../report-problems.ts'

/** Shows the models that are here, and those that can be fetched. */
export const listCommand: Command = {
  name: 'list',
  summary: 'List the models that are here and those that can be fetched',
  usage: '[OPTIONS]',
  flags: [{ name: 'json', summary: 'Print the list as JSON.' }],
  takesOptions: ['models_dir', 'model', 'model_path', 'embedding_model'],
  async run(context: CommandContext) {
    const [{ readConfig }, { composeRegistry }, { createCatalog }, { listModels }] = await Promise.all([
      import('../read-config.ts'),
      import('../../compose-registry.ts'),
      import('../../models/catalog/catalog.ts'),
      import('../../models/list-models.ts'),
    ])
    const { json, ...flags } = context.flags
    const { config, problems } = readConfig({ ...context, flags })
    if (reportProblems(problems, context)) return 2
    const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
    const models = await listModels(composeRegistry({ config, log: silent }), createCatalog(config.catalog))
    context.write(json === 'true' ? `${JSON.stringify(models, undefined, 2)}\n` : await table(models))
    return 0
  },
}

async function table(models: readonly ListedModel[]): Promise<string> {
  const { size } = await import('../../models/pull/human-units.ts')
  const rows = models.map(({ id, kind, sizeBytes, quantisation, contextSize, licence, state, path, problem }) => [
    id,
    kind ?? '-',
    sizeBytes === undefined ? '-' : size(sizeBytes),
    quantisation ?? '-',
    contextSize === undefined ? '-' : String(contextSize),
    licence ?? '-',
    problem === undefined ? (path ?? state) : `${path}: ${problem}`,
  ])
  const all = [['MODEL', 'KIND', 'SIZE', 'TYPE', 'CONTEXT', 'LICENCE', 'FILE'], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
