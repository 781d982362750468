import type { ServiceState } from './service-state.ts'

/** What PowerShell is asked: one line of JSON, the same in every language of Windows, unlike what schtasks prints. */
export const stateScript = (task: string): string =>
  [
    `$t = Get-ScheduledTask -TaskName '${task.replaceAll("'", "''")}' -ErrorAction Stop`,
    `$i = $t | Get-ScheduledTaskInfo`,
    `@{ state = [int]$t.State; enabled = $t.Settings.Enabled; result = $i.LastTaskResult; last = $i.LastRunTime.ToUniversalTime().ToString('o') } | ConvertTo-Json -Compress`,
  ].join('; ')

/** TASK_STATE of the Task Scheduler: unknown, disabled, queued, ready, running. */
const states: readonly ServiceState['state'][] = ['unknown', 'stopped', 'starting', 'stopped', 'running']

/** SCHED_S_TASK_RUNNING and SCHED_S_TASK_HAS_NOT_RUN: no results of a program. */
const noResults = [0x41301, 0x41303]

/** Reads that line. Pure. */
export function readWindowsState(text: string): ServiceState {
  let told: { state?: unknown; enabled?: unknown; result?: unknown; last?: unknown }
  try {
    told = JSON.parse(text.trim())
  } catch {
    return { state: 'unknown' }
  }
  const state = states[Number(told.state)] ?? 'unknown'
  const since = new Date(String(told.last))
  const result = Number(told.result)
  const hasFailed = state === 'stopped' && result !== 0 && !noResults.includes(result)
  return {
    state: hasFailed ? 'failed' : state,
    ...(typeof told.enabled === 'boolean' && { isEnabled: told.enabled }),
    ...(state === 'running' && !Number.isNaN(since.getTime()) && { since }),
    ...(hasFailed && { lastEnd: `exit-code ${result}` }),
  }
}
