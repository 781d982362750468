import type { Config } from '../../config/config.ts'
import type { ProviderStatus } from '../../protocol/management/providers.wire.ts'
import { urlFlag } from '../client/server-address.ts'
import type { Command, CommandContext } from '../command.ts'
import { reportProblems } from '../report-problems.ts'

/** Shows the other servers that requests can be handed on to. */
export const providersCommand: Command = {
  name: 'providers',
  group: 'The server',
  summary: 'Show the other servers that requests can go on to, and what they lack',
  usage: '[OPTIONS]',
  details:
    'Asks the running server how they stand: whether they answer, and how busy they are. Where none runs, what the configuration and the variables say. Keys are never shown.',
  examples: [
    { line: 'hearth providers', does: 'a table' },
    { line: 'hearth providers --json | jq -r ".[] | select(.ready) | .name"', does: 'those that can be used' },
  ],
  flags: [urlFlag, { name: 'json', summary: 'Print the list as JSON.' }],
  takesOptions: ['host', 'port'],
  async run(context) {
    const [{ readConfig }, { serverAddress }, { separateFlags, untilReaderLeaves }] = await Promise.all([
      import('../read-config.ts'),
      import('../client/server-address.ts'),
      import('../with-server.ts'),
    ])
    const { own, options } = separateFlags(context.flags, ['url', 'json'])
    const { config, problems } = readConfig({ ...context, flags: options })
    const address = serverAddress(context, config)
    const wrong = 'problem' in address ? [address.problem] : []
    if (reportProblems([...problems, ...wrong], context) || 'problem' in address) return 2
    return untilReaderLeaves(context, async (signal) => {
      const { findServer } = await import('../client/find-server.ts')
      const found = await findServer({ address, environment: context.environment, signal })
      const list = found
        ? (await found.client.json<{ data: ProviderStatus[] }>({ path: '/v1/providers', signal })).data
        : await configured(config, context)
      return await show(list, { ...context, flags: own })
    })
  },
}

/** What can be known without a server. */
async function configured(config: Config, context: CommandContext): Promise<readonly ProviderStatus[]> {
  const [{ providersAtRest }, { fromProvider }, { createLog }] = await Promise.all([
    import('../../compose-providers.ts'),
    import('../../http/providers/from-provider.ts'),
    import('../../observe/log.ts'),
  ])
  const log = createLog({ level: 'warn', format: 'pretty', write: context.writeError, color: false })
  using providers = providersAtRest(config, { environment: context.environment, log })
  return providers.list().map(fromProvider)
}

async function show(list: readonly ProviderStatus[], { flags, write }: CommandContext): Promise<number> {
  if (flags.json === 'true') {
    write(`${JSON.stringify(list, undefined, 2)}\n`)
    return 0
  }
  const { textTable } = await import('../text-table.ts')
  const rows = list.flatMap(rowsOf)
  write(textTable([['NAME', 'ADDRESS', 'STATE', 'BUSY', 'LISTED', 'ABILITIES'], ...rows]))
  const lacking = list.filter(({ ready }) => !ready)
  for (const { problem, hint } of lacking) write(`\n${problem} ${hint}`)
  if (lacking.length > 0) write('\n')
  return 0
}

/** One row an address; what is the same for all of them stands in the first. */
function rowsOf({ name, ready, listed, abilities, addresses }: ProviderStatus): string[][] {
  const about = [listed ? 'yes' : 'no', abilities.join(' ')]
  if (addresses.length === 0) return [[name, '-', 'lacks an address', '-', ...about]]
  return addresses.map((address, place) => [
    place === 0 ? name : '',
    address.address,
    ready ? stateOf(address) : 'lacks its key',
    `${address.busy}`,
    ...(place === 0 ? about : ['', '']),
  ])
}

function stateOf({ breaker, retry_seconds, healthy, problem }: ProviderStatus['addresses'][number]): string {
  if (breaker === 'open') return `left alone for ${retry_seconds ?? 0} s: ${problem ?? 'it has failed'}`
  if (breaker === 'half-open') return `to be tried again: ${problem ?? 'it has failed'}`
  if (healthy === false) return `not well: ${problem ?? 'it does not answer'}`
  return healthy ? 'well' : 'ready'
}
