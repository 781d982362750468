import type { UnloadModelReply } from '../../protocol/management/unload.wire.ts'
import { urlFlag } from '../client/server-address.ts'
import type { Command } from '../command.ts'
import type { ServerWork } from '../with-server.ts'

/** Has a running server end a model. */
export const unloadCommand: Command = {
  name: 'unload',
  aliases: ['stop'],
  group: 'The server',
  summary: 'End a model, so that its memory is free',
  usage: 'MODEL | --all [OPTIONS]',
  details:
    'Asks a running server. Running requests of the model end first, unless --cut is said; when the command is done, the memory is really free. Ctrl+C while it waits takes it back.',
  examples: [
    { line: 'hearth unload smollm2-135m-instruct', does: 'once its running requests have ended' },
    { line: 'hearth unload smollm2-135m-instruct --cut', does: 'at once; running requests fail' },
    { line: 'hearth unload --all', does: 'every model' },
  ],
  flags: [
    urlFlag,
    { name: 'all', short: 'a', summary: 'Every model that is in memory.' },
    { name: 'wait', summary: 'Let running requests end first. So it is unless --cut is said.' },
    { name: 'cut', summary: 'Cut running requests: they fail with model_unloaded.' },
    { name: 'json', summary: 'Print what was done as JSON.' },
  ],
  takesOptions: ['host', 'port'],
  operands: [0, 1],
  completes: 'model',
  async run(context) {
    const { withServer } = await import('../with-server.ts')
    const { all, wait, cut } = context.flags
    const hasName = context.operands.length > 0
    const problems = [
      ...(hasName === (all === 'true') ? [{ path: 'MODEL', message: 'name a model, or say --all' }] : []),
      ...(wait === 'true' && cut === 'true' ? [{ path: '--cut', message: '--wait says the opposite' }] : []),
    ]
    return withServer({ context, ownFlags: ['all', 'wait', 'cut', 'json'], without: 'refuse', problems }, unload)
  },
}

async function unload({ client, context, signal }: ServerWork): Promise<number> {
  const { all, wait, cut, json } = context.flags
  const { createStatusLine } = await import('../status-line.ts')
  const status = createStatusLine(context)
  const isCut = cut === 'true' || wait === 'false'
  if (!isCut) status.show('waiting for running requests')
  const target = all === 'true' ? { all: true } : { model: context.operands[0] }
  const body = { ...target, mode: isCut ? 'cut' : 'wait' }
  const reply = await client
    .json<UnloadModelReply>({ path: '/v1/models/unload', body, signal })
    .finally(() => status.clear())
  context.write(json === 'true' ? `${JSON.stringify(reply, undefined, 2)}\n` : `${reply.message}\n`)
  return 0
}
