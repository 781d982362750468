import { urlFlag } from '../client/server-address.ts'
import type { Command } from '../command.ts'

/** Says whether a server is up, for whatever watches over it. */
export const healthCommand: Command = {
  name: 'health',
  group: 'The server',
  summary: 'Say whether a server is up: exit code 0 or 1',
  usage: '[OPTIONS]',
  details:
    'Asks a running server for GET /health, which needs no key, and waits 3 seconds at most. For the health checks of containers and of whatever else watches over a server; a model that is being loaded changes nothing.',
  examples: [
    { line: 'hearth health', does: 'the server of this configuration' },
    { line: 'hearth health --url http://box:8080 --json', does: 'another one, for a program' },
  ],
  flags: [urlFlag, { name: 'json', summary: 'Print what is known as JSON.' }],
  takesOptions: ['host', 'port'],
  async run(context) {
    const [{ readConfig }, { separateFlags, untilReaderLeaves }, { requireServer }, { serverAddress }, problems] =
      await Promise.all([
        import('../read-config.ts'),
        import('../with-server.ts'),
        import('../client/find-server.ts'),
        import('../client/server-address.ts'),
        import('../report-problems.ts'),
      ])
    const { own, options } = separateFlags(context.flags, ['url', 'json'])
    const { config, problems: found } = readConfig({ ...context, flags: options })
    const address = serverAddress(context, config)
    const wrong = 'problem' in address ? [address.problem] : []
    if (problems.reportProblems([...found, ...wrong], context) || 'problem' in address) return 2
    return untilReaderLeaves(context, async (signal) => {
      const { version, client } = await requireServer({ address, environment: context.environment, signal })
      const facts = { status: 'ok', url: client.url, version }
      const line = `Hearth ${version} is up at ${client.url}.`
      context.write(`${own.json === 'true' ? JSON.stringify(facts, undefined, 2) : line}\n`)
      return 0
    })
  },
}
