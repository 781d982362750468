import { expect, test } from 'bun:test'
import { pinnedVersion } from './build-arguments.ts'
import { knownSum, sumOf } from './known-sums.ts'
import { targets } from './targets.ts'

const runtimes = targets.map(({ runtimePackage }) => ({
  name: `@oven/${runtimePackage}`,
  version: pinnedVersion('bun'),
}))
const libraries = targets
  .filter(({ machine }) => machine.startsWith('linux-'))
  .flatMap(({ native }) => native)
  .map((name) => ({ name: `@node-llama-cpp/${name}`, version: pinnedVersion('node-llama-cpp') }))

// After a change of version: npm view NAME@VERSION dist.integrity
test.each([...runtimes, ...libraries])('what is fetched is known before: $name', (wanted) => {
  expect(knownSum(wanted)).toMatch(/^sha512-[\w+/]{86}==$/)
})

test('of other versions nothing is known', () => {
  expect(knownSum({ name: '@oven/bun-linux-x64-baseline', version: '0.0.1' })).toBeUndefined()
  expect(knownSum({ name: '@node-llama-cpp/linux-arm64', version: '3.21.1' })).toBeUndefined()
})

test('is written as npm does it', () => {
  expect(sumOf(Buffer.from(''))).toBe(
    'sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==',
  )
})
