import type { ListedModel } from '../../models/list-models.ts'
import type { RegisteredModel } from '../../protocol/management/models.wire.ts'
import { urlFlag } from '../client/server-address.ts'
import type { Command } from '../command.ts'
import { reportProblems } from '../report-problems.ts'
import type { ServerWork } from '../with-server.ts'

/** Shows the models that are here, and those that can be fetched. */
export const listCommand: Command = {
  name: 'list',
  aliases: ['ls', 'models'],
  group: 'Models on this machine',
  summary: 'List the models that are here and those that can be fetched',
  usage: '[OPTIONS]',
  details:
    'Lists what this configuration finds: in the models folders, in the stores of other programs, and in the catalog. With --url or HEARTH_URL: what that server has.',
  examples: [
    { line: 'hearth list', does: 'a table' },
    { line: `hearth list --json | jq -r '.[] | select(.state == "installed") | .id'`, does: 'names for a script' },
  ],
  flags: [urlFlag, { name: 'json', summary: 'Print the list as JSON.' }],
  takesOptions: ['models_dir', 'model', 'model_path', 'embedding_model'],
  async run(context) {
    if ((context.flags.url ?? context.environment.server.url) !== undefined) {
      const { withServer } = await import('../with-server.ts')
      return withServer({ context, ownFlags: ['json'], without: 'refuse' }, listOfServer)
    }
    const [{ readConfig }, { openRegistry }, { createCatalog }, { listModels }] = await Promise.all([
      import('../read-config.ts'),
      import('../open-registry.ts'),
      import('../../models/catalog/catalog.ts'),
      import('../../models/list-models.ts'),
    ])
    const { json, ...flags } = context.flags
    const { config, problems } = readConfig({ ...context, flags })
    if (reportProblems(problems, context)) return 2
    const models = await listModels(await openRegistry(config, context.environment), createCatalog(config.catalog))
    context.write(json === 'true' ? `${JSON.stringify(models, undefined, 2)}\n` : await tableOf(models.map(localRow)))
    return 0
  },
}

async function listOfServer({ client, context, signal }: ServerWork): Promise<number> {
  const { data } = await client.json<{ data: RegisteredModel[] }>({ path: '/v1/models/registered', signal })
  context.write(
    context.flags.json === 'true' ? `${JSON.stringify(data, undefined, 2)}\n` : await tableOf(data.map(remoteRow)),
  )
  return 0
}

interface Row {
  readonly id: string
  readonly kind: string | undefined
  readonly bytes: number | undefined
  readonly type: string | undefined
  readonly context: number | undefined
  readonly licence: string | undefined
  readonly where: string
}

const localRow = ({
  id,
  kind,
  sizeBytes,
  quantisation,
  contextSize,
  licence,
  state,
  path,
  store,
  problem,
}: ListedModel): Row => ({
  id,
  kind,
  bytes: sizeBytes,
  type: quantisation,
  context: contextSize,
  licence,
  where:
    problem === undefined
      ? `${path ?? state}${store === undefined ? '' : ` (${store})`}`
      : [path, problem].filter(Boolean).join(': '),
})

const remoteRow = (model: RegisteredModel): Row => ({
  id: model.id,
  kind: model.kind,
  bytes: model.size_bytes,
  type: model.quantization,
  context: model.context_length_trained,
  licence: model.license,
  where:
    model.problem ??
    (model.state === 'available' ? 'in the catalog' : (model.store ?? model.memory_state ?? model.state)),
})

async function tableOf(rows: readonly Row[]): Promise<string> {
  const [{ size }, { textTable }] = await Promise.all([
    import('../../models/pull/human-units.ts'),
    import('../text-table.ts'),
  ])
  const cells = rows.map(({ id, kind, bytes, type, context, licence, where }) => [
    id,
    kind ?? '-',
    bytes === undefined ? '-' : size(bytes),
    type ?? '-',
    context === undefined ? '-' : String(context),
    licence ?? '-',
    where,
  ])
  return textTable([['MODEL', 'KIND', 'SIZE', 'TYPE', 'CONTEXT', 'LICENCE', 'WHERE'], ...cells])
}
