import { win32 } from 'node:path'
import type { ServiceManager } from './service-manager.ts'
import type { ServiceScope } from './service-wish.ts'
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
  const name = isSystem ? `${taskName} (machine)` : `${taskName} (${world.userName})`
  const tasks = (...words: string[]): ServiceStep => ({ type: 'run', command: ['schtasks.exe', ...words] })
  const mayFail = (step: ServiceStep): ServiceStep => (step.type === 'run' ? { ...step, mayFail: true } : step)
  /** The trigger comes again every minute: what shall stay stopped is disabled. */
  const stop = [tasks('/change', '/tn', name, '/disable'), mayFail(tasks('/end', '/tn', name))]
  const start = [tasks('/change', '/tn', name, '/enable'), tasks('/run', '/tn', name)]
  return {
    scope,
    name: `Task Scheduler, ${isSystem ? 'from the start of the machine' : 'from the logon'}, as ${userName}`,
    definition,
    environmentFile: '',
    obstacle: async () => undefined,
    judge: (wish) => [
      ...[...wish.command, ...wish.args, logFile]
        .filter(isBeyondCmd)
        .map(
          (text) =>
            `${JSON.stringify(text)} has a quote, a percent sign or an end of a line in it, which a command line of Windows cannot hold as it stands`,
        ),
      ...(wish.environmentFile === ''
        ? []
        : ['--env-file has no counterpart on Windows; set variables for the account: setx NAME VALUE']),
    ],
    install: (wish, { isUpdate }) => [
      ...(isUpdate ? [mayFail(tasks('/end', '/tn', name))] : []),
      {
        type: 'write-file',
        path: definition,
        text: windowsTask(wish, { scope, userName, logFile }),
        mode: 0o600,
        encoding: 'utf16',
      },
      tasks('/create', '/f', '/tn', name, '/xml', definition),
      tasks('/run', '/tn', name),
    ],
    uninstall: () => [
      mayFail(tasks('/end', '/tn', name)),
      tasks('/delete', '/f', '/tn', name),
      { type: 'remove-file', path: definition },
    ],
    act: (action) => (action === 'stop' ? stop : action === 'start' ? start : [...stop, ...start]),
    state: async () =>
      readWindowsState(
        (await world.run(['powershell.exe', '-NoProfile', '-NonInteractive', '-Command', stateScript(name)])).output,
      ),
    logs: ({ lines, follow }) => [
      'powershell.exe',
      '-NoProfile',
      '-Command',
      `Get-Content -LiteralPath '${logFile.replaceAll("'", "''")}' -Tail ${lines}${follow ? ' -Wait' : ''}`,
    ],
    remarks: () => [
      'It is a scheduled task, not a service of services.msc: it is looked after once a minute, and ending it cuts running requests.',
      `Its log is ${logFile}; nothing shortens it.`,
    ],
  }
}
