import { posix } from 'node:path'
import type { Obstacle, ServiceManager } from './service-manager.ts'
import type { ServiceScope, ServiceWish } from './service-wish.ts'
import type { ServiceWorld } from './service-world.ts'
import type { ServiceStep } from './step.ts'
import { missingSystemd } from './systemd-missing.ts'
import { isBeyondSystemd, isNoProgramPath } from './systemd-quote.ts'
import { readSystemdState, stateProperties } from './systemd-state.ts'
import {
  isOfPeople,
  serviceUser,
  systemDataFolder,
  systemUnit,
  type UnitFacts,
  unitName,
  userUnit,
} from './systemd-unit.ts'

/** systemd of Linux, for one user or for the whole machine. */
export function systemd(world: ServiceWorld, scope: ServiceScope): ServiceManager {
  const isSystem = scope === 'system'
  const settings = posix.join(world.variables.XDG_CONFIG_HOME || posix.join(world.home, '.config'))
  const definition = isSystem ? `/etc/systemd/system/${unitName}` : posix.join(settings, 'systemd', 'user', unitName)
  const control = (...words: string[]) => ['systemctl', ...(isSystem ? [] : ['--user']), ...words] as const
  const run = (...words: string[]): ServiceStep => ({ type: 'run', command: control(...words) })
  return {
    scope,
    name: `systemd, ${isSystem ? 'for the whole machine' : `for the user ${world.userName}`}`,
    definition,
    ...(isSystem && { dataFolder: systemDataFolder }),
    environmentFile: isSystem ? '/etc/hearth/hearth.env' : posix.join(settings, 'hearth', 'hearth.env'),
    obstacle: () => findObstacle(world, scope),
    judge: (wish) => judgeWish(wish, { world, isSystem }),
    install: (wish, { isUpdate, linger }) => [
      ...(isSystem ? userSteps(world) : []),
      writeUnit(wish, { world, isSystem, path: definition }),
      run('daemon-reload'),
      run('enable', unitName),
      run(isUpdate ? 'restart' : 'start', unitName),
      // Last: where no polkit lets a user do it, the service runs all the same.
      ...(linger ? [lingerStep(world)] : []),
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
    logs: ({ lines, follow, since }) => [
      'journalctl',
      ...(isSystem ? [] : ['--user']),
      ...['-u', 'hearth', '-n', `${lines}`, '-o', 'cat'],
      ...(since ? [`--since=@${Math.floor(since.getTime() / 1000)}`] : []),
      ...(follow ? ['-f'] : ['--no-pager']),
    ],
    remarks: () => (isSystem ? systemRemarks : userRemarks(world)),
  }
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

/** A user of its own, so that its files have one owner whether it runs or not. */
const userSteps = (world: ServiceWorld): readonly ServiceStep[] =>
  hasEntry(world.read('/etc/passwd'), serviceUser)
    ? []
    : [
        {
          type: 'run',
          command: [
            ...(['useradd', '--system', '--home-dir', systemDataFolder] as const),
            ...(hasEntry(world.read('/etc/group'), serviceUser) ? ['--gid', serviceUser] : ['--user-group']),
            ...['--no-create-home', '--shell', '/usr/sbin/nologin', serviceUser],
          ],
          why: 'the user that it runs as',
        },
      ]

function unitFacts(world: ServiceWorld): UnitFacts {
  const groups = world.read('/etc/group')
  const tool = ['/usr/bin/nvidia-modprobe', '/usr/sbin/nvidia-modprobe'].find((path) => world.look(path, 'follow'))
  return {
    gpuGroups: ['video', 'render'].filter((name) => hasEntry(groups, name)),
    ...(tool !== undefined && { nvidiaModprobe: tool }),
  }
}

/** Whether /etc/passwd or /etc/group has that name. */
const hasEntry = (file: string | undefined, name: string) => new RegExp(`^${name}:`, 'm').test(file ?? '')

async function findObstacle(world: ServiceWorld, scope: ServiceScope): Promise<Obstacle | undefined> {
  if (!world.look('/run/systemd/system')) return missingSystemd(world)
  if (scope === 'system') {
    if (world.userId === 0) return undefined
    return {
      message: 'A service of the whole machine can be changed by root only.',
      hint: 'Say the same with sudo, or leave --system out for a service of your own.',
    }
  }
  const { code, errors } = await world.run(['systemctl', '--user', 'show', '--property=Version'])
  if (code === 0) return undefined
  return {
    message: `The systemd of the user ${world.userName} cannot be reached: ${errors.trim().split('\n')[0]}.`,
    hint: `Log in as that user, not by su or sudo; or let root say \`loginctl enable-linger ${world.userName}\` first; or install with --system.`,
  }
}

interface Judging {
  readonly world: ServiceWorld
  readonly isSystem: boolean
}

/** What would keep the service from starting, and would be hard to see there. */
function judgeWish(wish: ServiceWish, { world, isSystem }: Judging): readonly string[] {
  const paths = [...wish.paths.written, ...wish.paths.read, wish.environmentFile]
  const broken: string[] = [...paths, ...wish.args]
    .filter(isBeyondSystemd)
    .map((text) => `${JSON.stringify(text)} has a control character in it, which a unit of systemd cannot hold`)
  // It takes the rest of its line as it stands: no quotes keep a blank, and the next line would be joined to it.
  if (/[\s\\]$/.test(wish.environmentFile))
    broken.push(`${JSON.stringify(wish.environmentFile)} ends with a blank or a backslash, which systemd takes off`)
  const [program] = wish.command
  if (isNoProgramPath(program))
    broken.push(`${program} has a quote or a backslash in it, which systemd takes for no program`)
  if (!isSystem) return broken
  return [...broken, ...unreachable(program, world)]
}

/** The user of the service is a stranger to the folders of people, and has folders for temporary files of its own. */
function unreachable(path: string, world: ServiceWorld): readonly string[] {
  const remedy = `put the program where everybody may run it: install -m 755 ${path} /usr/local/bin/hearth && /usr/local/bin/hearth service install`
  if (isOfPeople(path) || /^\/(tmp|var\/tmp|dev\/shm)\//.test(path))
    return [`${path} is out of reach for a service of the whole machine; ${remedy}`]
  const closed = aroundOf(path).find((place) => ((world.look(place, 'follow')?.mode ?? 0) & 0o001) === 0)
  return closed === undefined ? [] : [`${closed} may not be entered or run by others (chmod o+x), so ${remedy}`]
}

const aroundOf = (path: string): readonly string[] => (path === '/' ? [] : [...aroundOf(posix.dirname(path)), path])

const userRemarks = (world: ServiceWorld): readonly string[] => {
  if (world.look(`/var/lib/systemd/linger/${world.userName}`)) return []
  return [
    `It runs from your login to your logout. So that it runs without one: loginctl enable-linger ${world.userName} (or hearth service install --linger)`,
  ]
}

const systemRemarks = [
  `Models, keys and responses are in ${systemDataFolder}, which the user ${serviceUser} owns. For commands with its files: sudo -u ${serviceUser} HEARTH_HOME=${systemDataFolder} hearth keys create (or hearth cuda install)`,
  'It does not see models of your own account; name folders of yours with --model-dirs, or fetch into the running server: hearth pull NAME --url URL',
]
