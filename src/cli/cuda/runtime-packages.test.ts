import { expect, test } from 'bun:test'
import { libraryNames, runtimeLibraries } from '../../platform/cuda/runtime-libraries.ts'
import { runtimeWheels, sizesOf } from './runtime-packages.ts'

test.each([
  ['linux', 13],
  ['linux', 12],
  ['win32', 13],
  ['win32', 12],
] as const)('the wheels for %s and CUDA %d have what ggml is linked to', (platform, major) => {
  const wheels = runtimeWheels(platform, 'x64', major)
  const names = wheels.flatMap(({ libraries }) => Object.keys(libraries)).toSorted()
  expect(names).toEqual(libraryNames(runtimeLibraries(platform, major)).toSorted())
  for (const { file, version, sha256 } of wheels) {
    expect(file).toContain(`-${version}-`)
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
  }
  const { fetched, kept } = sizesOf(wheels)
  expect(fetched).toBeWithin(300e6, 450e6)
  expect(kept).toBeWithin(450e6, 600e6)
})

test('where ggml has no CUDA library there is no runtime for it', () => {
  expect(runtimeWheels('linux', 'arm64', 13)).toEqual([])
  expect(runtimeWheels('darwin', 'arm64', 13)).toEqual([])
})
