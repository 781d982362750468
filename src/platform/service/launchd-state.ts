import type { ServiceState } from './service-state.ts'

/**
 * Reads what `launchctl print DOMAIN/LABEL` says. Its format is no promise of Apple's: what is not found there is not told.
 * Pure.
 */
export function readLaunchdState(text: string): ServiceState {
  const value = (name: string) => new RegExp(`^\\s*${name} = (.+)$`, 'm').exec(text)?.[1]?.trim()
  const pid = Number(value('pid') ?? 0)
  const state = value('state')
  const runs = Number(value('runs') ?? Number.NaN)
  const code = value('last exit code') ?? ''
  const hasFailed = /^-?\d/.test(code) && !/^0\b/.test(code)
  return {
    state:
      pid > 0 || state === 'running' ? 'running' : state === undefined ? 'unknown' : hasFailed ? 'failed' : 'stopped',
    isEnabled: true,
    ...(pid > 0 && { pid }),
    ...(runs >= 1 && { restarts: runs - 1 }),
    ...(pid === 0 && hasFailed && { lastEnd: `exit-code ${code}` }),
  }
}
