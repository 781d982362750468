import { win32 } from 'node:path'
import type { ServiceManager } from './service-manager.ts'
import type { ServiceScope, ServiceWish } from './service-wish.ts'
import type { ServiceWorld } from './service-world.ts'
import type { ServiceStep } from './step.ts'
import { readWindowsState, stateScript } from './windows-state.ts'
import { isBeyondCmd, taskName, windowsTask } from './windows-task.ts'

/** The Task Scheduler of Windows: at the user's logon, or at the start of the machine as that user. */
export function taskScheduler(world: ServiceWorld, scope: ServiceScope): ServiceManager {
  const isSystem = scope === 'system'
  const folder = win32.join(world.variables.LOCALAPPDATA || win32.join(world.home, 'AppData', 'Local'), 'hearth')
  const definition = win32.join(folder, `service-${scope}.xml`)
  const logFile = win32.join(folder, 'service.log')
  const { USERDOMAIN: domain } = world.variables
  const userName = domain ? `${domain}\\${world.userName}` : world.userName
  const task = tasksNamed(isSystem ? `${taskName} (machine)` : `${taskName} (${world.userName})`)
  return {
    scope,
    name: `Task Scheduler, ${isSystem ? 'from the start of the machine' : 'from the logon'}, as ${userName}`,
    definition,
    environmentFile: '',
    obstacle: async () => undefined,
    judge: (wish) => judgeWish(wish, logFile),
    install: (wish, { isUpdate }) => [
      ...(isUpdate ? [task.end] : []),
      {
        type: 'write-file',
        path: definition,
        text: windowsTask(wish, { scope, userName, logFile }),
        mode: 0o600,
        encoding: 'utf16',
      },
      task.create(definition),
      task.run,
    ],
    uninstall: () => [task.end, task.remove, { type: 'remove-file', path: definition }],
    act: (action) => ({ start: task.start, stop: task.stop, restart: [...task.stop, ...task.start] })[action],
    state: async () => readWindowsState((await world.run(powershell(stateScript(task.name)))).output),
    logs: ({ lines, follow }) =>
      powershell(`Get-Content -LiteralPath '${logFile.replaceAll("'", "''")}' -Tail ${lines}${follow ? ' -Wait' : ''}`),
    remains: () => (world.look(logFile) ? [['log', logFile]] : []),
    remarks: () => [
      'It is a scheduled task, not a service of services.msc: it is looked after once a minute, and ending it cuts running requests.',
      `Its log is ${logFile}; nothing shortens it.`,
    ],
  }
}

const powershell = (script: string) => ['powershell.exe', '-NoProfile', '-NonInteractive', '-Command', script] as const

/** What schtasks.exe does to the task of that name. */
function tasksNamed(name: string) {
  const step = (action: string, ...words: string[]): ServiceStep => ({
    type: 'run',
    command: ['schtasks.exe', action, ...words],
  })
  const end: ServiceStep = { type: 'run', command: ['schtasks.exe', '/end', '/tn', name], mayFail: true }
  const run = step('/run', '/tn', name)
  return {
    name,
    end,
    run,
    create: (file: string) => step('/create', '/f', '/tn', name, '/xml', file),
    remove: step('/delete', '/f', '/tn', name),
    // The trigger comes again every minute: what shall stay stopped is disabled.
    stop: [step('/change', '/tn', name, '/disable'), end],
    start: [step('/change', '/tn', name, '/enable'), run],
  }
}

const judgeWish = (wish: ServiceWish, logFile: string): readonly string[] => [
  ...[...wish.command, ...wish.args, logFile]
    .filter(isBeyondCmd)
    .map(
      (text) =>
        `${JSON.stringify(text)} has a quote, a percent sign or a control character in it, which a command line of Windows cannot hold as it stands`,
    ),
  ...(wish.environmentFile === ''
    ? []
    : ['--env-file has no counterpart on Windows; set variables for the account: setx NAME VALUE']),
]
