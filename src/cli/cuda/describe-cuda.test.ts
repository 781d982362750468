import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { LoadOptions } from '../../core/model.ts'
import { usableMajors } from '../../platform/cuda/choose-major.ts'
import { chooseRuntime, type SeenPlace } from '../../platform/cuda/choose-runtime.ts'
import { planCuda } from '../../platform/cuda/cuda-plan.ts'
import type { DriverState } from '../../platform/cuda/read-driver.ts'
import { type CudaMajor, libraryNames, runtimeLibraries } from '../../platform/cuda/runtime-libraries.ts'
import type { PlaceSource } from '../../platform/cuda/runtime-places.ts'
import { deviceNotes } from '../../runtimes/llama-cpp/device-wishes.ts'
import { loadBackends } from '../../runtimes/llama-cpp/load-backends.ts'
import { describeCuda, plainCuda, withoutCuda } from './describe-cuda.ts'
import type { CudaState } from './gather-cuda.ts'

const machine = { platform: 'linux', architecture: 'x64' }
/** An empty one: of it links to the libraries for the processor can be made. */
const libraries = mkdtempSync(join(tmpdir(), 'hearth-describe-'))
afterAll(() => rmSync(libraries, { recursive: true }))
const load = { gpuLayers: -1 } as LoadOptions

interface World {
  readonly driver: DriverState
  /** Where a runtime of which version is; those that are `part` lack their last library. */
  readonly runtimes: readonly { readonly major: CudaMajor; readonly source: PlaceSource; readonly isPart?: true }[]
  readonly carried?: readonly CudaMajor[]
}

/** As `gatherCuda` and a model's process find it out, with their own policies, but for the disk and the driver. */
function stateOf({ driver, runtimes, carried = [13, 12] }: World): CudaState {
  const choices = ([13, 12] as const).map((major) => {
    const wanted = runtimeLibraries('linux', major)
    const places = runtimes
      .filter((each) => each.major === major)
      .map(({ source, isPart }): SeenPlace => {
        const names = libraryNames(wanted).slice(0, isPart ? -1 : undefined)
        const folder = `/${source}/${major}`
        return {
          source,
          folders: [{ folder, files: Object.fromEntries(names.map((name) => [name, `${folder}/${name}`])) }],
        }
      })
    return { major, choice: chooseRuntime(wanted, places) }
  })
  const usable = driver.state === 'ready' ? usableMajors(driver.driver) : []
  const known = choices.filter(({ major }) => usable.includes(major)).map(({ major, choice }) => [major, choice])
  return {
    ...{ driver, carried, device: carried.length > 0 ? 'cuda' : 'cpu' },
    plan: planCuda({
      platform: 'linux',
      driver,
      runtimes: Object.fromEntries(known),
      carried: carried.length > 0 ? carried : [13, 12],
    }),
    runtimes: choices.map(({ major, choice }) => ({
      ...{ major, files: [], missing: [], untrusted: [], damaged: [] },
      ...('runtime' in choice ? choice.runtime : choice),
    })),
  }
}

/** What a model's process opens and loads, and what it tells. */
function childOf({ plan }: CudaState) {
  const [opened, loaded]: [string[], string[]] = [[], []]
  const addon = {
    loadBackends: (folder?: string) => void loaded.push(folder ?? 'linked in'),
    getGpuType: () => undefined,
  }
  const cuda = loadBackends({ addon, folder: libraries, cuda: plan, open: (path) => void opened.push(path) })
  const major = plan.type === 'leave' ? undefined : loaded.includes(libraries) ? 13 : 12
  return { opened, major, notes: deviceNotes({ load }, { device: 'cpu', cuda }) }
}

function expectTheSame(world: World, expected: string) {
  const state = stateOf(world)
  const [text, plain, child] = [describeCuda(state, machine), plainCuda(state, machine) as Plain, childOf(state)]
  const [, major] = /^CUDA (\d+)$/.exec(expected) ?? []
  if (major !== undefined) {
    expect(text).toContain(`Models run on NVIDIA GPUs with ${expected}.`)
    expect(plain).toMatchObject({ usable: true, cuda: Number(major) })
    // On Windows no links are made.
    if (process.platform !== 'win32') expect(child.major).toBe(Number(major) as CudaMajor)
    expect(child.opened.every((path) => path.includes(`.so.${major}`))).toBe(true)
    return
  }
  expect(plain).toMatchObject({ usable: false, reason: expected })
  expect(text).toContain(`Models run on the CPU: ${plain.problem}.\n${plain.remedy}`)
  expect(child.opened).toEqual([])
  expect(child.notes.join()).toContain(plain.problem)
  if (expected !== 'no-driver') expect(child.notes.join()).toContain(plain.remedy)
}

interface Plain {
  readonly reason: string
  readonly problem: string
  readonly remedy: string
  readonly besides?: { readonly reason: string }
}

/** Versions that run, best first, by the CUDA of the driver and the compute capability of the GPU. */
const runs: Readonly<Record<string, Readonly<Record<string, readonly CudaMajor[]>>>> = {
  '12.2': { '5.0': [], '6.1': [], '7.5': [], '8.6': [12], '9.0': [], '12.0': [] },
  '12.4': { '5.0': [12], '6.1': [12], '7.5': [12], '8.6': [12], '9.0': [12], '12.0': [] },
  '13.0': { '5.0': [12], '6.1': [12], '7.5': [12], '8.6': [13, 12], '9.0': [12], '12.0': [13] },
  '13.1': { '5.0': [12], '6.1': [12], '7.5': [13, 12], '8.6': [13, 12], '9.0': [13, 12], '12.0': [13] },
}

const seen: Readonly<Record<string, World['runtimes']>> = {
  nothing: [],
  'only 12': [{ major: 12, source: 'own' }],
  'only 13': [{ major: 13, source: 'own' }],
  both: [
    { major: 12, source: 'python' },
    { major: 13, source: 'toolkit' },
  ],
  'a part of 13': [{ major: 13, source: 'toolkit', isPart: true }],
  "Ollama's 12": [{ major: 12, source: 'ollama' }],
}

for (const [cudaVersion, gpus] of Object.entries(runs))
  for (const [capability, majors] of Object.entries(gpus))
    test(`driver ${cudaVersion}, GPU ${capability}: text, JSON and a model's process agree`, () => {
      for (const runtimes of Object.values(seen)) {
        const driver: DriverState = { state: 'ready', driver: { cudaVersion, capabilities: [capability] } }
        const found = majors.find((major) => runtimes.some((each) => each.major === major && !each.isPart))
        const expected = found ? `CUDA ${found}` : majors.length > 0 ? 'no-runtime' : 'old-driver'
        expectTheSame({ driver, runtimes }, expected)
      }
    })

test('so they do without a driver, and with one that does not start', () => {
  const runtimes = seen.both ?? []
  expectTheSame({ driver: { state: 'absent', problem: 'libcuda.so.1: not found' }, runtimes }, 'no-driver')
  expectTheSame({ driver: { state: 'unusable', problem: 'no device' }, runtimes }, 'no-gpu')
})

test('a program without CUDA libraries says so before it speaks of a runtime that it could not use', () => {
  const driver: DriverState = { state: 'ready', driver: { cudaVersion: '13.1', capabilities: ['8.9'] } }
  const missing = stateOf({ driver, runtimes: [], carried: [] })
  expect(plainCuda(missing, machine)).toMatchObject({
    ...{ usable: false, reason: 'no-libraries', remedy: expect.stringContaining('hearth-linux-x64-cuda') },
    besides: { reason: 'no-runtime', remedy: expect.stringContaining('hearth cuda install') },
  })
  expect(describeCuda(missing, machine)).toMatch(
    /Models run on the CPU: this program carries no CUDA libraries\.\nUse the executable.*\nBesides, .* are missing\.\nRun/,
  )
  const whole = stateOf({ driver, runtimes: seen.both ?? [], carried: [] })
  expect(plainCuda(whole, machine)).toMatchObject({ usable: false, reason: 'no-libraries' })
  const through = { ...whole, device: 'vulkan' } as const
  expect(describeCuda(through, machine)).toContain('Models run through Vulkan, not CUDA: this program carries no')
})

test('where there is no build for CUDA that is all that is said', () => {
  expect(withoutCuda({ platform: 'linux', architecture: 'x64' })).toBeUndefined()
  expect(withoutCuda({ platform: 'win32', architecture: 'x64' })).toBeUndefined()
  const of = (platform: string, architecture: string) => withoutCuda({ platform, architecture })?.message
  expect(of('linux', 'arm64')).toBe('There is no CUDA build of Hearth for linux arm64: models run on the CPU.')
  expect(of('win32', 'arm64')).toContain('models run on the CPU')
  expect(of('darwin', 'arm64')).toContain('through Metal')
  expect(of('darwin', 'x64')).toContain('on the CPU of Intel Macs')
})
