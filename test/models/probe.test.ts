import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { probe } from '../../src/compose-system.ts'
import { readEnvironment } from '../../src/config/environment.ts'
import { readTextOrEmpty } from '../../src/platform/read-text.ts'

const environment = readEnvironment()

test('the native libraries say what they are, and this process has opened none of them', async () => {
  const report = await probe(environment)
  expect(report.version).toMatch(/^\d+\.\d+\.\d+$|^custom$/)
  expect(report.llamaCppVersion).toMatch(/^v?\d/)
  expect(report.architectures).toContain('llama')
  expect(report.architectures).toContain('bert')
  expect(report.architectures).not.toContain('(unknown)')
  expect(report.cpuFeatures.length).toBeGreaterThan(0)
  expect(report.mathCores).toBeGreaterThan(0)
  expect(report.backEnds.map(({ backEnd }) => backEnd)).toEqual(['cpu', 'cuda', 'vulkan', 'metal'])
  expect(report.backEnds.filter(({ outcome }) => outcome === 'used').map(({ backEnd }) => backEnd)).toEqual([
    report.device,
  ])
  if (existsSync('/proc/self/maps')) expect(readTextOrEmpty('/proc/self/maps')).not.toMatch(/ggml|llama/)
})

test('the CPU library is one whose every instruction this processor has', async () => {
  if (process.arch !== 'x64' || !existsSync('/proc/cpuinfo')) return
  const { cpuVariant, cpuFeatures } = await probe(environment)
  expect(cpuVariant).toBeString()
  const flags = readFileSync('/proc/cpuinfo', 'utf8')
  for (const [feature, flag] of [
    ['AVX2', 'avx2'],
    ['FMA', 'fma'],
    ['AVX512', 'avx512f'],
    ['BMI2', 'bmi2'],
  ] as const)
    if (cpuFeatures.includes(feature)) expect(flags, feature).toMatch(new RegExp(`\\b${flag}\\b`))
})

test('libraries that are none are told with what the system says of them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-probe-'))
  try {
    await writeFile(join(folder, 'llama-addon.node'), 'no library at all')
    await expect(
      probe({ ...environment, variables: { ...environment.variables, HEARTH_NATIVE_DIR: folder } }),
    ).rejects.toThrow(/llama-addon\.node/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
