import type { ServiceManager } from '../../platform/service/service-manager.ts'
import type { ServiceScope } from '../../platform/service/service-wish.ts'
import type { Command, CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { flagsNotTaken } from '../flags-not-taken.ts'
import { reportProblems } from '../report-problems.ts'
import type { ServiceMachine } from '../service/service-machine.ts'

const actions = ['install', 'uninstall', 'status', 'start', 'stop', 'restart', 'logs'] as const
type Action = (typeof actions)[number]

/** Which flags an action takes, besides --user and --system. */
const flagsOf: Readonly<Record<Action, readonly string[]>> = {
  install: ['config', 'env-file', 'linger', 'dry-run', 'force'],
  uninstall: ['dry-run', 'force'],
  status: ['json'],
  start: [],
  stop: [],
  restart: [],
  logs: ['lines', 'follow'],
}

/** Puts `hearth serve` into the hands of systemd, launchd or Windows' Task Scheduler, and takes it out again. */
export const serviceCommand: Command = {
  name: 'service',
  group: 'The server',
  summary: 'Run the server in the background, from the start of the machine or from your login',
  usage: `${actions.join('|')} [OPTIONS] [-- OPTIONS of serve]`,
  details:
    `install writes a service that runs hearth serve with the options behind --, starts it now and at each login or start of the
machine, and says what it did; again it brings it up to date. The configuration is judged first, as the service will read it:
variables that are set here are not there for it. Secrets go into the file that --env-file names. Linux has a unit of systemd, of
your own or, for root, of the whole machine with a user of its own and little that it may do; macOS an agent or a daemon of
launchd; Windows a scheduled task. uninstall removes what install wrote; models and data stay. status ends with 0 when it runs, 3
when it does not, 4 when there is none.`.replaceAll('\n', ' '),
  examples: [
    { line: 'hearth service install', does: 'for you, with the defaults' },
    { line: 'hearth service install --dry-run -- --port 9000', does: 'see what would be written and run' },
    {
      line: 'sudo hearth service install --config /etc/hearth/config.yaml',
      does: 'for the whole machine',
    },
    { line: 'hearth service logs --follow', does: 'what it writes' },
  ],
  flags: [
    { name: 'user', summary: 'A service of your own. Default, but for root.' },
    { name: 'system', summary: 'A service of the whole machine. Default for root.' },
    {
      name: 'env-file',
      value: 'FILE',
      summary: 'install: variables, a NAME=value a line; only its owner may read it.',
    },
    { name: 'linger', summary: 'install, systemd: let it run without a login, too (loginctl enable-linger).' },
    { name: 'dry-run', summary: 'install, uninstall: print what would be written and run, and do nothing.' },
    { name: 'force', summary: 'install, uninstall: also where the file was not written by this command.' },
    { name: 'lines', value: 'N', summary: 'logs: how many of the last lines. Default: 100.' },
    { name: 'follow', short: 'f', summary: 'logs: go on with what comes.' },
    { name: 'json', summary: 'status: print JSON.' },
  ],
  takesOptions: [],
  operands: [1, 1000],
  completes: actions,
  async run(context) {
    const { thisMachine } = await import('../service/service-machine.ts')
    return await runService(context, thisMachine(context.environment))
  },
}

/** The command, on this machine or on a made-up one. */
export async function runService(context: CommandContext, machine: ServiceMachine): Promise<number> {
  const [word = ''] = context.operands
  const action = actions.find((each) => each === word)
  const wrong = action ? misuse(action, context) : [{ path: word, message: `expected ${listed}` }]
  if (action !== 'install' && reportProblems([...context.problems, ...wrong], context)) return 2
  if (action === undefined || reportProblems(wrong, context)) return 2
  const manager = await chooseManager(action, { context, machine })
  const work = { context, machine, manager }
  if (action === 'install') return await (await import('../service/install-service.ts')).installService(work)
  if (action === 'uninstall') return await (await import('../service/uninstall-service.ts')).uninstallService(work)
  if (action === 'status') return await (await import('../service/service-status.ts')).tellServiceStatus(work)
  if (machine.world.look(manager.definition) === undefined) {
    context.writeError('hearth: no service is installed; `hearth service install` does it.\n')
    return 4
  }
  if (action === 'logs') {
    const { lines = '100', follow } = context.flags
    return await machine.show(manager.logs({ lines: Number(lines), follow: follow === 'true' }))
  }
  const obstacle = await manager.obstacle()
  if (obstacle) throw new CommandError(obstacle.message, obstacle.hint)
  await (await import('../service/install-service.ts')).doSteps(manager.act(action), work)
  return 0
}

const listed = `${actions.slice(0, -1).join(', ')} or ${actions.at(-1)}`

function misuse(action: Action, { flags, operands }: CommandContext) {
  const taken = [...flagsOf[action], 'user', 'system']
  const extra = action === 'install' ? [] : operands.slice(1)
  const { lines } = flags
  return [
    ...flagsNotTaken(action, flags, taken),
    ...extra.map((word) => ({ path: word, message: `${action} takes nothing more` })),
    ...(flags.user === 'true' && flags.system === 'true'
      ? [{ path: '--user', message: 'it is either --user or --system' }]
      : []),
    ...(lines !== undefined && !/^[1-9]\d{0,6}$/.test(lines)
      ? [{ path: '--lines', message: `found "${lines}", expected a whole number of at least 1` }]
      : []),
  ]
}

/** The scope that was named; else where a service is installed; else that of whoever asks. */
async function chooseManager(
  action: Action,
  { context, machine }: { context: CommandContext; machine: ServiceMachine },
): Promise<ServiceManager> {
  const { findManager } = await import('../../platform/service/find-manager.ts')
  const { world } = machine
  const { user, system } = context.flags
  const usual: ServiceScope = world.userId === 0 ? 'system' : 'user'
  const named = system === 'true' ? 'system' : user === 'true' ? 'user' : undefined
  const other: ServiceScope = usual === 'user' ? 'system' : 'user'
  const order: readonly ServiceScope[] = named ? [named] : action === 'install' ? [usual] : [usual, other]
  const managers = order.flatMap((scope) => findManager(world, scope) ?? [])
  const found = managers.find(({ definition }) => world.look(definition) !== undefined) ?? managers[0]
  if (found) return found
  throw new CommandError(
    `Hearth knows nothing that looks after services on ${world.platform}.`,
    'Let what starts programs there start `hearth serve`.',
  )
}
