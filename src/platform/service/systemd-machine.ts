import type { ServiceWish } from './service-wish.ts'
import type { ServiceWorld } from './service-world.ts'
import { type ServiceStep, shellLine } from './step.ts'
import { serviceUser, systemDataFolder, type UnitFacts } from './systemd-unit.ts'

/** A user of its own, so that its files have one owner whether it runs or not. */
export const userSteps = (world: ServiceWorld): readonly ServiceStep[] =>
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
export const folderSteps = ({ paths }: ServiceWish, world: ServiceWorld): readonly ServiceStep[] =>
  paths.written
    .filter((path) => world.look(path, 'follow') === undefined)
    .map((path) => ({
      type: 'run',
      command: ['install', '-d', '-o', serviceUser, '-g', serviceUser, '-m', '0750', path],
      why: 'the configuration names it, and it is not there',
    }))

/** Folders that the service is to write to, and cannot. */
export function foreignFolders({ paths }: ServiceWish, world: ServiceWorld): readonly string[] {
  const [, user] = new RegExp(`^${serviceUser}:[^:]*:(\\d+):`, 'm').exec(world.read('/etc/passwd') ?? '') ?? []
  if (user === undefined) return []
  return paths.written.flatMap((path) => {
    const { owner, mode = 0 } = world.look(path, 'follow') ?? {}
    // Of a link and what it leads to, one is enough.
    if (owner === undefined || owner === Number(user) || (mode & 0o022) !== 0 || world.real(path) !== path) return []
    const remedy = shellLine(['chown', serviceUser, path])
    return `The user ${serviceUser} cannot write to ${path}, so nothing new comes into it: ${remedy}, if it shall`
  })
}

/** What this machine has of what a unit asks for. */
export function unitFacts(world: ServiceWorld): UnitFacts {
  const groups = world.read('/etc/group')
  const tool = ['/usr/bin/nvidia-modprobe', '/usr/sbin/nvidia-modprobe'].find((path) => world.look(path, 'follow'))
  return {
    gpuGroups: ['video', 'render'].filter((name) => hasEntry(groups, name)),
    ...(tool !== undefined && { nvidiaModprobe: tool }),
  }
}

/** Whether /etc/passwd or /etc/group has that name. */
const hasEntry = (file: string | undefined, name: string) => new RegExp(`^${name}:`, 'm').test(file ?? '')
