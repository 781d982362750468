import { expect, test } from 'bun:test'
import { machineOfTriplet } from './compilers.ts'

test.each([
  ['x86_64-linux-gnu\n', 'linux-x64'],
  ['x86_64-pc-linux-gnu', 'linux-x64'],
  ['x86_64-redhat-linux', 'linux-x64'],
  ['aarch64-linux-gnu', 'linux-arm64'],
  ['aarch64-amazon-linux', 'linux-arm64'],
  // A libstdc++ of musl goes into no executable that wants glibc.
  ['x86_64-alpine-linux-musl', undefined],
  ['aarch64-linux-android', undefined],
  ['x86_64-linux-gnux32', undefined],
  ['arm64-apple-darwin24', undefined],
  ['i686-linux-gnu', undefined],
])('a compiler for %s makes code for %s', (triplet, machine) => {
  expect(machineOfTriplet(triplet)).toBe(machine as ReturnType<typeof machineOfTriplet>)
})
