import type { ServiceState } from './service-state.ts'

/** The properties of a unit that `readSystemdState` wants, for `systemctl show --property=`. */
export const stateProperties = [
  'LoadState',
  'UnitFileState',
  'ActiveState',
  'Result',
  'MainPID',
  'NRestarts',
  'ExecMainStartTimestamp',
  'ExecMainCode',
  'ExecMainStatus',
].join(',')

const states: Readonly<Record<string, ServiceState['state']>> = {
  active: 'running',
  reloading: 'running',
  activating: 'starting',
  deactivating: 'stopping',
  inactive: 'stopped',
  failed: 'failed',
}

/** Reads what `systemctl show` prints, with times in UTC. Pure. */
export function readSystemdState(text: string): ServiceState {
  const values = new Map(text.split('\n').map((line) => splitAt(line, line.indexOf('='))))
  const value = (name: string) => values.get(name) ?? ''
  const state = states[value('ActiveState')] ?? 'unknown'
  const pid = Number(value('MainPID'))
  const since = pid > 0 ? readTimestamp(value('ExecMainStartTimestamp')) : undefined
  const restarts = Number.parseInt(value('NRestarts'), 10)
  const lastEnd = pid > 0 ? undefined : endOf(value('Result'), value('ExecMainStatus'))
  return {
    state,
    ...(value('UnitFileState') && { isEnabled: value('UnitFileState').startsWith('enabled') }),
    ...(pid > 0 && { pid }),
    ...(since && { since }),
    ...(restarts >= 0 && { restarts }),
    ...(lastEnd !== undefined && { lastEnd }),
  }
}

const splitAt = (line: string, at: number) => [line.slice(0, at), line.slice(at + 1)] as const

const endOf = (result: string, status: string) =>
  result === '' || result === 'success' ? undefined : `${result}${status && status !== '0' ? ` ${status}` : ''}`

/** `Sat 2026-11-21 23:19:42 UTC`. */
function readTimestamp(text: string): Date | undefined {
  const [, day, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/.exec(text) ?? []
  return day === undefined ? undefined : new Date(`${day}T${time}Z`)
}
