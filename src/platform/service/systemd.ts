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
  isTemporary,
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
    ...(isSystem ? { dataFolder: systemDataFolder } : { canLinger: true }),
    environmentFile: isSystem ? '/etc/hearth/hearth.env' : posix.join(settings, 'hearth', 'hearth.env'),
    obstacle: () => findObstacle(world, scope),
    judge: (wish) => judgeWish(wish, { world, isSystem }),
    install: (wish, { isUpdate, linger }) => [
      ...(isSystem ? [...userSteps(world), ...folderSteps(wish, world)] : []),
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
    remarks: (wish) => (isSystem ? [...systemRemarks, ...foreignFolders(wish, world)] : userRemarks(world)),
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
    ? groupStep(world)
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

/** Whoever made the user by hand may have given it another group. */
const groupStep = (world: ServiceWorld): readonly ServiceStep[] =>
  hasEntry(world.read('/etc/group'), serviceUser)
    ? []
    : [{ type: 'run', command: ['groupadd', '--system', serviceUser], why: 'the group that it runs as' }]

/** The service may not make folders outside of its own, and what is not there is not opened for it. */
const folderSteps = ({ paths }: ServiceWish, world: ServiceWorld): readonly ServiceStep[] =>
  paths.written
    .filter((path) => world.look(path, 'follow') === undefined)
    .map((path) => ({
      type: 'run',
      command: ['install', '-d', '-o', serviceUser, '-g', serviceUser, '-m', '0750', path],
      why: 'the configuration names it, and it is not there',
    }))

/** Folders that the service is to write to, and cannot. */
function foreignFolders({ paths }: ServiceWish, world: ServiceWorld): readonly string[] {
  const [, user] = new RegExp(`^${serviceUser}:[^:]*:(\\d+):`, 'm').exec(world.read('/etc/passwd') ?? '') ?? []
  if (user === undefined) return []
  return paths.written.flatMap((path) => {
    const { owner, mode = 0 } = world.look(path, 'follow') ?? {}
    if (owner === undefined || owner === Number(user) || (mode & 0o022) !== 0) return []
    return `The user ${serviceUser} cannot write to ${path}, so nothing new comes into it: chown ${serviceUser} ${path}, if it shall`
  })
}

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
  const hidden = [...wish.paths.written, ...wish.paths.read]
    .filter(isTemporary)
    .map(
      (path) =>
        `${path} is not there for the service, which has a folder of its own for temporary files; put it elsewhere`,
    )
  // Root makes no folders where somebody else could put a link in the way.
  const missing = wish.paths.written
    .filter((path) => isOfPeople(path) && world.look(path, 'follow') === undefined)
    .map((path) => `${path} is not there; make it first`)
  return [
    ...broken,
    ...hidden,
    ...missing,
    ...unreachable(program, world),
    ...foreignSecrets(wish.environmentFile, world),
  ]
}

/** Variables can name libraries to load, and NVIDIA's tool is started with them as root. */
function foreignSecrets(path: string, world: ServiceWorld): readonly string[] {
  const owner = world.look(path, 'follow')?.owner ?? 0
  return owner === 0
    ? []
    : [`${path} belongs to the user ${owner}, who could change what the service is: chown root ${path}`]
}

/** The user of the service is a stranger to the folders of people, and has folders for temporary files of its own. */
function unreachable(path: string, world: ServiceWorld): readonly string[] {
  const remedy = `put the program where everybody may run it: install -m 755 ${path} /usr/local/bin/hearth && /usr/local/bin/hearth service install`
  const real = world.real(path)
  const out = [path, real].find((each) => isOfPeople(each) || isTemporary(each) || each.startsWith('/dev/shm/'))
  if (out !== undefined) return [`${out} is out of reach for a service of the whole machine; ${remedy}`]
  const modeOf = (place: string) => world.look(place, 'follow')?.mode ?? 0
  const around = [...new Set([...aroundOf(path), ...aroundOf(real)])]
  const closed = around.find((place) => (modeOf(place) & 0o001) === 0)
  if (closed !== undefined) return [`${closed} may not be entered or run by others (chmod o+x), so ${remedy}`]
  const open = around.find((place) => (modeOf(place) & 0o002) !== 0)
  return open === undefined
    ? []
    : [`everybody may change ${open} (chmod o-w), and what the service is with it; or ${remedy}`]
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
