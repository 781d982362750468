import type { Config } from '../../config/config.ts'
import type { DeleteModelReply } from '../../protocol/management/unload.wire.ts'
import { urlFlag } from '../client/server-address.ts'
import type { Command, CommandContext } from '../command.ts'
import { confirm } from '../confirm.ts'
import { reportProblems } from '../report-problems.ts'
import { harmless } from '../styles.ts'

/** Deletes models from the disk. */
export const removeCommand: Command = {
  name: 'rm',
  aliases: ['remove', 'delete'],
  group: 'Models on this machine',
  summary: 'Delete models from the disk',
  usage: 'MODEL… [OPTIONS]',
  details:
    'Deletes the files of models in the models folder; files of other programs are never deleted. Of a name that hearth cp gave, only the name goes. Asks first on a terminal. A model that a running server has in memory is deleted with --force only, which cuts its requests.',
  examples: [
    { line: 'hearth rm smollm2-135m-instruct', does: 'after a question' },
    { line: 'hearth rm old-model --yes', does: 'without one, for scripts' },
  ],
  flags: [
    urlFlag,
    {
      name: 'yes',
      short: 'y',
      summary: 'Do not ask. Without a terminal there is no question without it, and nothing is deleted.',
    },
    { name: 'force', short: 'f', summary: 'Also what is in memory of a running server: its requests are cut.' },
    { name: 'json', summary: 'Print what was deleted as JSON.' },
  ],
  takesOptions: ['models_dir', 'host', 'port'],
  operands: [1, 100],
  completes: 'model',
  run: removeModels,
}

/** What is gone. */
interface Removed {
  readonly id: string
  readonly files: readonly string[]
  readonly freedBytes: number
}

async function removeModels(context: CommandContext): Promise<number> {
  const [{ readConfig }, { separateFlags, untilReaderLeaves }] = await Promise.all([
    import('../read-config.ts'),
    import('../with-server.ts'),
  ])
  const { own, options } = separateFlags(context.flags, ['url', 'yes', 'force', 'json'])
  const { config, problems } = readConfig({ ...context, flags: options })
  if (reportProblems(problems, context)) return 2
  const names = [...new Set(context.operands)]
  return untilReaderLeaves(context, async (signal) => {
    const question = { text: `Delete ${harmless(names.join(', '))} from the disk?`, otherwise: 'Nothing is deleted' }
    if (own.yes !== 'true' && !(await confirm(question, context, signal))) return 1
    const remove = await remover(config, { ...context, flags: own }, signal)
    const { size } = await import('../../models/pull/human-units.ts')
    const gone: Removed[] = []
    try {
      for (const name of names) {
        const { id, files, freedBytes } = await remove(name)
        gone.push({ id, files, freedBytes })
        if (own.json === 'true') continue
        const what = files.length > 0 ? `deleted ${files.join(', ')} (${size(freedBytes)})` : 'the name is gone'
        context.write(`${id}: ${what}\n`)
      }
    } finally {
      // Whatever stops it: what is gone by then has to be told.
      if (own.json === 'true' && gone.length > 0) context.write(asJson(gone))
    }
    return 0
  })
}

const asJson = (gone: readonly Removed[]) =>
  `${JSON.stringify(
    gone.map(({ id, files, freedBytes }) => ({ id, deleted_files: files, freed_bytes: freedBytes })),
    undefined,
    2,
  )}\n`

async function remover(
  config: Config,
  context: CommandContext,
  signal: AbortSignal,
): Promise<(name: string) => Promise<Removed>> {
  const { findServerOf } = await import('../client/server-of-folder.ts')
  const client = await findServerOf({ context, config, signal })
  if (client)
    return async (model) => {
      const body = { model, ...(context.flags.force === 'true' && { force: true }) }
      const reply = await client.json<DeleteModelReply>({ method: 'DELETE', path: '/v1/delete', body, signal })
      return { id: reply.model, files: reply.deleted_files, freedBytes: reply.freed_bytes }
    }
  const { openRegistry } = await import('../open-registry.ts')
  const registry = await openRegistry(config, context.environment)
  return async (name) => {
    const { id, paths, freedBytes } = await registry.remove(name)
    return { id, files: paths, freedBytes }
  }
}
