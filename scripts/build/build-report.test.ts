import { expect, test } from 'bun:test'
import { type Outcome, reportOf } from './build-report.ts'
import { MissingPackage } from './packages.ts'
import { type Target, targets } from './targets.ts'

const target = (name: string) => targets.find((each) => each.name === name) as Target

const built = (name: string, missing: readonly string[] = []): Outcome => ({
  target: target(name),
  built: { target: target(name), output: `dist/hearth-${name}`, bytes: 130_488_496, missing },
  seconds: 3.04,
})
const lacking = (name: string, native: string, newest?: string): Outcome => ({
  target: target(name),
  problem: new MissingPackage({ name: `@node-llama-cpp/${native}`, version: '3.22.1' }, newest),
})

test('a table says what was built, how large it is, what it lacks, and what was not built and why', () => {
  const report = reportOf([
    built('linux-x64'),
    built('linux-arm64', ['the native step: no C++ compiler for linux-arm64']),
    lacking('macos-x64', 'mac-x64', '3.21.1'),
    lacking('windows-x64', 'win-x64', '3.21.1'),
    lacking('windows-arm64', 'win-arm64'),
    { target: target('linux-x64-vulkan'), problem: new Error('it has 151.0 MB') },
  ])
  expect(report.split('\n')).toEqual([
    'linux-x64          130.5 MB    3.0 s  dist/hearth-linux-x64',
    'linux-arm64        130.5 MB    3.0 s  dist/hearth-linux-arm64',
    '                             without the native step: no C++ compiler for linux-arm64',
    'macos-x64         not built: the registry lacks @node-llama-cpp/mac-x64@3.22.1, the newest there is 3.21.1',
    'windows-x64       not built: the registry lacks @node-llama-cpp/win-x64@3.22.1, the newest there is 3.21.1',
    'windows-arm64     not built: the registry lacks @node-llama-cpp/win-arm64@3.22.1, nor any other version of it',
    'linux-x64-vulkan  not built: it has 151.0 MB',
    'With the libraries of 3.21.1: npm run build -- --native 3.21.1 macos-x64 windows-x64',
  ])
})

test('what lacks a package of another kind is offered no other version of the libraries', () => {
  const problem = new MissingPackage({ name: '@oven/bun-windows-aarch64', version: '1.4.5' }, '1.4.4')
  expect(reportOf([{ target: target('windows-arm64'), problem }])).not.toContain('--native')
})
