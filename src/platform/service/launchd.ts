import { posix } from 'node:path'
import { jobLabel, launchdPlist, type PlistFacts } from './launchd-plist.ts'
import { readLaunchdState } from './launchd-state.ts'
import type { Obstacle, ServiceManager } from './service-manager.ts'
import type { ServiceScope, ServiceWish } from './service-wish.ts'
import type { ServiceWorld } from './service-world.ts'
import type { ServiceStep } from './step.ts'
import { isBeyondXml } from './xml.ts'

/** launchd of macOS: an agent of a user, from login on, or a daemon of the machine that runs as the user who installs it. */
export function launchd(world: ServiceWorld, scope: ServiceScope): ServiceManager {
  const isSystem = scope === 'system'
  const owner = isSystem ? world.variables.SUDO_USER || undefined : undefined
  const domain = isSystem ? 'system' : `gui/${world.userId}`
  const job = `${domain}/${jobLabel}`
  const definition = isSystem
    ? `/Library/LaunchDaemons/${jobLabel}.plist`
    : posix.join(world.home, 'Library', 'LaunchAgents', `${jobLabel}.plist`)
  const logFile = isSystem ? '/Library/Logs/hearth.log' : posix.join(world.home, 'Library', 'Logs', 'hearth.log')
  const run = (...words: string[]): ServiceStep => ({ type: 'run', command: ['launchctl', ...words] })
  const leave: ServiceStep = { type: 'run', command: ['launchctl', 'bootout', job], mayFail: true }
  const leaveWhole = [leave, untilGone(job)]
  const enter = [run('enable', job), run('bootstrap', domain, definition)]
  const start: readonly ServiceStep[] = [
    { type: 'run', command: ['launchctl', 'bootstrap', domain, definition], mayFail: true },
    run('kickstart', job),
  ]
  return {
    scope,
    name: `launchd, ${isSystem ? 'for the whole machine' : `for the user ${world.userName}`}`,
    definition,
    environmentFile: isSystem ? '/etc/hearth/hearth.env' : posix.join(world.home, '.config', 'hearth', 'hearth.env'),
    obstacle: async () => findObstacle(world, { isSystem, owner }),
    judge: judgeWish,
    install: (wish, { isUpdate }) => [
      ...(owner === undefined ? [] : logSteps(logFile, owner)),
      writePlist(wish, { path: definition, logFile, ...(owner !== undefined && { userName: owner }) }),
      ...(isUpdate ? leaveWhole : []),
      ...enter,
    ],
    uninstall: () => [leave, { type: 'remove-file', path: definition }],
    act: (action) => ({ start, stop: [run('bootout', job)], restart: [...leaveWhole, ...enter] })[action],
    state: async () => {
      const { code, output } = await world.run(['launchctl', 'print', job])
      return code === 0 ? readLaunchdState(output) : { state: 'stopped' }
    },
    logs: ({ lines, follow }) => ['tail', '-n', `${lines}`, ...(follow ? ['-F'] : []), logFile],
    remains: () => (world.look(logFile) ? [['log', logFile]] : []),
    remarks: () => remarksOn(logFile, isSystem),
  }
}

/** bootout comes back before the job has ended, and bootstrap fails until then. */
const untilGone = (job: string): ServiceStep => ({
  type: 'run',
  command: ['/bin/sh', '-c', `while launchctl print ${job} >/dev/null 2>&1; do sleep 0.2; done`],
  why: 'until running requests have ended',
})

const writePlist = (wish: ServiceWish, { path, ...facts }: PlistFacts & { readonly path: string }): ServiceStep => ({
  type: 'write-file',
  path,
  text: launchdPlist(wish, facts),
  // Secrets in it are for root, or for the user whose it is; launchd is one of them.
  mode: Object.keys(wish.variables).length > 0 ? 0o600 : 0o644,
})

const remarksOn = (logFile: string, isSystem: boolean): readonly string[] => [
  `Its log is ${logFile}; macOS does not shorten it (newsyslog.d does, where it is told to).`,
  ...(isSystem
    ? []
    : ['It runs from your login to your logout; with sudo and --system from the start of the machine.']),
]

/** launchd makes the file as root, and the one who runs could not write to it. */
const logSteps = (logFile: string, owner: string): readonly ServiceStep[] => [
  { type: 'run', command: ['touch', logFile] },
  { type: 'run', command: ['chown', owner, logFile] },
]

const judgeWish = (wish: ServiceWish): readonly string[] => [
  ...[...wish.command, ...wish.args]
    .filter(isBeyondXml)
    .map((text) => `${JSON.stringify(text)} has a control character in it, which a property list cannot hold`),
  ...Object.entries(wish.variables)
    .filter(([, text]) => isBeyondXml(text))
    .map(
      ([name]) => `${name} in ${wish.environmentFile} has a control character in it, which a property list cannot hold`,
    ),
]

function findObstacle(
  world: ServiceWorld,
  { isSystem, owner }: { isSystem: boolean; owner: string | undefined },
): Obstacle | undefined {
  if (!isSystem && world.userId === 0)
    return {
      message: 'An agent belongs to a user who logs in, and root does not.',
      hint: 'Leave sudo out, or say --system.',
    }
  if (isSystem && world.userId !== 0)
    return {
      message: 'A daemon of the whole machine can be changed by root only.',
      hint: 'Say the same with sudo, or leave --system out for a service of your own.',
    }
  if (isSystem && (owner === undefined || owner === 'root'))
    return {
      message: 'The daemon would run as root.',
      hint: 'Say it with sudo from the account whose models it shall use; it runs as that user.',
    }
  return undefined
}
