import { expect, test } from 'bun:test'
import { runningUnit } from '../../../test/fakes/fake-service-world.ts'
import { readEnvironmentFile } from './environment-file.ts'
import { readLaunchdState } from './launchd-state.ts'
import { readSystemdState } from './systemd-state.ts'
import { readWindowsState } from './windows-state.ts'

test('a unit of systemd runs, ends and fails', () => {
  expect(readSystemdState(runningUnit)).toEqual({
    state: 'running',
    isEnabled: true,
    pid: 441,
    since: new Date('2026-11-21T23:19:42Z'),
    restarts: 0,
  })
  const failed =
    'UnitFileState=disabled\nActiveState=failed\nResult=exit-code\nMainPID=0\nNRestarts=3\nExecMainStatus=2\n'
  expect(readSystemdState(failed)).toEqual({
    state: 'failed',
    isEnabled: false,
    restarts: 3,
    lastEnd: 'exit-code 2',
  })
  expect(readSystemdState('ActiveState=inactive\nResult=success\nMainPID=0\n')).toEqual({ state: 'stopped' })
  expect(readSystemdState('ActiveState=activating\nMainPID=0\nResult=signal\nExecMainStatus=9\n')).toEqual({
    state: 'starting',
    lastEnd: 'signal 9',
  })
  expect(readSystemdState('')).toEqual({ state: 'unknown' })
})

test('a job of launchd runs, ends and fails', () => {
  const running =
    'gui/501/local.hearth = {\n\tactive count = 1\n\tstate = running\n\truns = 2\n\tpid = 77\n\tlast exit code = 1\n}\n'
  expect(readLaunchdState(running)).toEqual({ state: 'running', isEnabled: true, pid: 77, restarts: 1 })
  expect(readLaunchdState('\tstate = not running\n\truns = 1\n\tlast exit code = 2\n')).toEqual({
    state: 'failed',
    isEnabled: true,
    restarts: 0,
    lastEnd: 'exit-code 2',
  })
  expect(readLaunchdState('\tstate = not running\n\tlast exit code = 0\n').state).toBe('stopped')
  expect(readLaunchdState('\tstate = not running\n\tlast exit code = (never exited)\n').state).toBe('stopped')
})

test('a task of Windows runs, ends and fails', () => {
  const told = (facts: object) => readWindowsState(`${JSON.stringify({ enabled: true, ...facts })}\r\n`)
  expect(told({ state: 4, result: 0x41301, last: '2026-11-21T23:19:42.0000000Z' })).toEqual({
    state: 'running',
    isEnabled: true,
    since: new Date('2026-11-21T23:19:42Z'),
  })
  expect(told({ state: 3, result: 1 })).toMatchObject({ state: 'failed', lastEnd: 'exit-code 1' })
  expect(told({ state: 3, result: 0 })).toEqual({ state: 'stopped', isEnabled: true })
  expect(told({ state: 3, result: 0x41303 })).toEqual({ state: 'stopped', isEnabled: true })
  expect(told({ state: 1, result: 0, enabled: false })).toEqual({ state: 'stopped', isEnabled: false })
  expect(readWindowsState('')).toEqual({ state: 'unknown' })
})

test('files with variables are read as systemd reads them, and what it would leave out is told', () => {
  const text = '# secrets\n; more\n\nHF_TOKEN=abc=d\nA="x \\"y\\" z"\nB=\'$c\'\r\nexport D=1\nE=\n'
  expect(readEnvironmentFile(text)).toEqual({
    variables: { HF_TOKEN: 'abc=d', A: 'x "y" z', B: '$c', E: '' },
    wrongLines: [7],
  })
})

test('lines that systemd reads as something else than they seem to say are wrong', () => {
  const text = `A=C:\\x\nB="C:\\\\x"\nC='C:\\x'\nD="a" "b"\nE="open\n# goes on \\\nF=1\\\nG=a"b'c\n#\n; fine\n`
  expect(readEnvironmentFile(text)).toEqual({
    variables: { B: 'C:\\x', C: 'C:\\x', G: `a"b'c` },
    wrongLines: [1, 4, 5, 6, 7],
  })
})
