import type { LoadedModel } from '../../protocol/management/models.wire.ts'
import { urlFlag } from '../client/server-address.ts'
import type { Command } from '../command.ts'
import type { ServerWork } from '../with-server.ts'

/** Shows the models that a running server has in memory. */
export const psCommand: Command = {
  name: 'ps',
  group: 'The server',
  summary: 'Show the models in memory, what they take and how busy they are',
  usage: '[OPTIONS]',
  details: 'Asks a running server. The last used model stands first.',
  examples: [
    { line: 'hearth ps', does: 'a table' },
    { line: 'hearth ps --json | jq -r ".[].id"', does: 'only the names' },
  ],
  flags: [urlFlag, { name: 'json', summary: 'Print the list as JSON.' }],
  takesOptions: ['host', 'port'],
  async run(context) {
    const { withServer } = await import('../with-server.ts')
    return withServer({ context, ownFlags: ['json'], without: 'refuse' }, showLoaded)
  },
}

async function showLoaded(work: ServerWork): Promise<number> {
  const { client, context, signal } = work
  const { data } = await client.json<{ data: LoadedModel[] }>({ path: '/v1/models/loaded', signal })
  if (context.flags.json === 'true') {
    context.write(`${JSON.stringify(data, undefined, 2)}\n`)
    return 0
  }
  const [{ textTable }, { size, duration }, notice] = await Promise.all([
    import('../text-table.ts'),
    import('../../models/pull/human-units.ts'),
    import('../reload-config.ts').then(({ configNotice }) => configNotice(work)),
  ])
  const rows = data.map((model) => [
    model.id,
    model.kind,
    stateOf(model),
    memoryOf(model, size),
    model.device ?? '-',
    model.n_ctx === undefined ? '-' : `${model.n_ctx}`,
    `${model.busy}/${model.slots ?? '-'}${model.waiting > 0 ? ` +${model.waiting} waiting` : ''}`,
    untilOf(model, duration),
  ])
  context.write(textTable([['MODEL', 'KIND', 'STATE', 'MEMORY', 'DEVICE', 'CONTEXT', 'BUSY', 'UNTIL'], ...rows]))
  context.writeError(notice)
  return 0
}

/** What it takes where that could be measured, otherwise what it was expected to take. */
function memoryOf(model: LoadedModel, size: (bytes: number) => string): string {
  const main =
    model.measured_main_bytes === undefined
      ? `about ${size(model.estimated_main_bytes)}`
      : size(model.measured_main_bytes)
  return model.estimated_device_bytes > 0 ? `${main} + GPU about ${size(model.estimated_device_bytes)}` : main
}

/** Its process starts before it reads anything: that has no share that could be told. */
function stateOf({ state, progress = 0 }: LoadedModel): string {
  return state === 'loading' && progress > 0 ? `loading ${Math.floor(progress * 100)}%` : state
}

function untilOf(model: LoadedModel, duration: (seconds: number) => string): string {
  if (model.pinned) return 'pinned'
  if (model.expires_in_seconds !== undefined) return `in ${duration(model.expires_in_seconds)}`
  if (model.state !== 'ready') return '-'
  return model.idle_seconds === undefined ? 'in use' : 'its memory is needed'
}
