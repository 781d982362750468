import { posix } from 'node:path'
import type { Obstacle, ServiceManager } from './service-manager.ts'
import type { ServiceScope, ServiceWish } from './service-wish.ts'
import type { ServiceWorld } from './service-world.ts'
import type { ServiceStep } from './step.ts'
import { type Judging, judgeForSystemd } from './systemd-judge.ts'
import { folderSteps, foreignFolders, unitFacts, userSteps } from './systemd-machine.ts'
import { missingSystemd } from './systemd-missing.ts'
import { readSystemdState, stateProperties } from './systemd-state.ts'
import { serviceUser, systemDataFolder, systemUnit, unitName, userUnit } from './systemd-unit.ts'

/** systemd of Linux, for one user or for the whole machine. */
export function systemd(world: ServiceWorld, scope: ServiceScope): ServiceManager {
  const isSystem = scope === 'system'
  // The XDG base directory specification: a relative path is invalid and to be ignored.
  const { XDG_CONFIG_HOME: named = '' } = world.variables
  const settings = posix.isAbsolute(named) ? posix.normalize(named) : posix.join(world.home, '.config')
  const definition = isSystem ? `/etc/systemd/system/${unitName}` : posix.join(settings, 'systemd', 'user', unitName)
  const control = (...words: string[]) => ['systemctl', ...(isSystem ? [] : ['--user']), ...words] as const
  const run = (...words: string[]): ServiceStep => ({ type: 'run', command: control(...words) })
  return {
    scope,
    name: `systemd, ${isSystem ? 'for the whole machine' : `for the user ${world.userName}`}`,
    definition,
    ...(isSystem ? { dataFolder: systemDataFolder } : { linger: lingerStep(world) }),
    environmentFile: isSystem ? '/etc/hearth/hearth.env' : posix.join(settings, 'hearth', 'hearth.env'),
    obstacle: () => findObstacle(world, scope),
    judge: (wish) => judgeForSystemd(wish, { world, isSystem }),
    install: (wish, { isUpdate }) => [
      ...(isSystem ? [...userSteps(world), ...folderSteps(wish, world)] : []),
      writeUnit(wish, { world, isSystem, path: definition }),
      run('daemon-reload'),
      run('enable', unitName),
      run(isUpdate ? 'restart' : 'start', unitName),
    ],
    uninstall: () => [
      run('disable', '--now', unitName),
      { type: 'remove-file', path: definition },
      run('daemon-reload'),
      { type: 'run', command: control('reset-failed', unitName), mayFail: true },
    ],
    act: (action) => [run(action, unitName)],
    state: async () =>
      readSystemdState((await world.run(control('show', unitName, `--property=${stateProperties}`))).output),
    logs: (how) => showLog(how, isSystem),
    remains: () => [
      ...(world.look(`${definition}.d`) ? [['settings', `${definition}.d`] as const] : []),
      ...(isSystem ? systemRemains : lingerRemains(world)),
    ],
    remarks: (wish) => (isSystem ? [...systemRemarks, ...foreignFolders(wish, world)] : userRemarks(world)),
  }
}

function showLog(
  { lines, follow, since }: Parameters<ServiceManager['logs']>[0],
  isSystem: boolean,
): readonly [string, ...string[]] {
  return [
    'journalctl',
    ...(isSystem ? [] : ['--user']),
    ...['-u', 'hearth', '-n', `${lines}`, '-o', 'cat'],
    ...(since ? [`--since=@${Math.floor(since.getTime() / 1000)}`] : []),
    ...(follow ? ['-f'] : ['--no-pager']),
  ]
}

const writeUnit = (wish: ServiceWish, { world, isSystem, path }: Judging & { readonly path: string }): ServiceStep => ({
  type: 'write-file',
  path,
  text: (isSystem ? systemUnit : userUnit)(wish, unitFacts(world)),
  mode: 0o644,
})

const lingerStep = (world: ServiceWorld): ServiceStep => ({
  type: 'run',
  command: ['loginctl', 'enable-linger', world.userName],
  why: 'it runs without a login then',
})

async function findObstacle(world: ServiceWorld, scope: ServiceScope): Promise<Obstacle | undefined> {
  if (!world.look('/run/systemd/system')) return missingSystemd(world)
  if (scope === 'system') {
    if (world.userId === 0) return undefined
    return {
      message: 'A service of the whole machine can be changed by root only.',
      hint: 'Say the same with sudo, or leave --system out for a service of your own.',
    }
  }
  const { SUDO_USER: caller } = world.variables
  if (world.userId === 0 && caller && caller !== 'root')
    return {
      message: `With sudo this is a service of root, and not of ${caller}.`,
      hint: 'Leave sudo out, or say --system for a service of the whole machine.',
    }
  const { code, errors } = await world.run(['systemctl', '--user', 'show', '--property=Version'])
  if (code === 0) return undefined
  return {
    message: `The systemd of the user ${world.userName} cannot be reached: ${errors.trim().split('\n')[0]}.`,
    hint: `Log in as that user, not by su or sudo; or let root say \`loginctl enable-linger ${world.userName}\` first; or install with --system.`,
  }
}

const isLingering = ({ look, userName }: ServiceWorld) => look(`/var/lib/systemd/linger/${userName}`) !== undefined

/** Other services of the user may want it. */
const lingerRemains = (world: ServiceWorld) =>
  isLingering(world)
    ? [['linger', `your services run without a login (loginctl disable-linger ${world.userName} ends it)`] as const]
    : []

const systemRemains = [['user', `${serviceUser}, who owns them (userdel ${serviceUser} removes it)`]] as const

const userRemarks = (world: ServiceWorld): readonly string[] => {
  if (isLingering(world)) return []
  return [
    `It runs from your login to your logout. So that it runs without one: loginctl enable-linger ${world.userName} (or hearth service install --linger)`,
  ]
}

const systemRemarks = [
  `Models, keys and responses are in ${systemDataFolder}, which the user ${serviceUser} owns. For commands with its files: sudo -u ${serviceUser} HEARTH_HOME=${systemDataFolder} hearth keys create (or hearth cuda install)`,
  'It does not see models of your own account; name folders of yours with --model-dirs, or fetch into the running server: hearth pull NAME --url URL',
]
