import { describe, expect, test } from 'bun:test'
import { fakeNativeReport, fakeSystemInfo } from '../../../test/fakes/fake-system.ts'
import { healthyFacts } from '../../../test/fakes/healthy-facts.ts'
import type { NativeReport } from '../../core/native-report.ts'
import type { SystemInfo } from '../../core/system.ts'
import { runChecks } from './checks.ts'
import type { DefaultModel, DoctorFacts } from './facts.ts'
import { openFilesLimit } from './gather.ts'

const check = (changes: Partial<DoctorFacts>) => runChecks({ ...healthyFacts, ...changes }, '0.1.0')
const system = (changes: Partial<SystemInfo>) => ({ system: { ...fakeSystemInfo, ...changes } })
const native = (changes: Partial<NativeReport>) =>
  system({ native: { state: 'ready', report: { ...fakeNativeReport, ...changes } } })
/** What is said besides that all is well. */
const complaints = (changes: Partial<DoctorFacts>) => check(changes).filter(({ status }) => status !== 'ok')

test('of a machine that nothing is wrong with, nothing is said but that', () => {
  expect(complaints({})).toEqual([])
  expect(check({}).length).toBeGreaterThan(10)
})

test('every complaint says what to do', () => {
  const broken: Partial<DoctorFacts>[] = [
    { openFiles: 256 },
    { now: 0 },
    { config: { problems: ['config.yaml:3:1: port: found x'] } },
    { models: { ...healthyFacts.models, freeBytes: 1e6 } },
    { databaseUsers: [1, 2] },
    { port: { host: '127.0.0.1', port: 8080, state: 'taken' } },
    { hub: { endpoint: 'https://hub.example', hasToken: false, problem: 'no such host' } },
    system({ native: { state: 'failed', problem: 'nobody knows' } }),
    system({ native: { state: 'reading' } }),
    native({ cpuVariant: 'x64', cpuFeatures: [] }),
  ]
  for (const changes of broken) {
    const found = complaints(changes)
    expect(found.length, JSON.stringify(changes)).toBeGreaterThan(0)
    for (const { message, remedy } of found) expect(remedy, message).toBeString()
  }
})

describe('native libraries', () => {
  const failed = (problem: string, place: Partial<DoctorFacts['native']> = {}) =>
    complaints({
      ...system({ native: { state: 'failed', problem } }),
      native: { ...healthyFacts.native, ...place },
    })[0]

  test.each([
    ['libvulkan.so.1: cannot open shared object file: No such file or directory', /libvulkan1/],
    ['there are none for freebsd x64', /npm install/],
    ['wrong ELF class', /unpacked anew/],
  ])('%s', (problem, remedy) => {
    const found = failed(problem)
    expect(found).toMatchObject({ id: 'native-libraries', status: 'problem' })
    expect(found?.message).toContain(problem)
    expect(found?.remedy).toMatch(remedy)
  })

  test('what whoever looked knows to do about it is told', () => {
    const native = { state: 'failed', problem: 'the disk is full', remedy: 'Make room on the disk.' } as const
    expect(complaints(system({ native }))[0]).toMatchObject({
      message: 'No model can run: the disk is full.',
      remedy: 'Make room on the disk.',
    })
  })

  test('in a folder that was chosen, the folder is to blame', () => {
    expect(failed('wrong ELF class', { isChosen: true })?.remedy).toMatch(/^Unset HEARTH_NATIVE_DIR/)
  })

  test('a file system that forbids running things is told before anybody fails over it', () => {
    const place = { ...healthyFacts.native, noExecMount: '/home' }
    expect(complaints({ native: place })).toEqual([
      expect.objectContaining({
        id: 'native-folder',
        status: 'problem',
        remedy: expect.stringMatching(/\/home.*noexec/),
      }),
    ])
    expect(complaints({ native: { ...place, isUnpacked: false } })).toEqual([])
  })

  test.each([
    ['musl', 'problem'],
    ['glibc 2.31', 'problem'],
    ['glibc 2.33', 'problem'],
    ['glibc 2.34', 'ok'],
    ['glibc 3.0', 'ok'],
  ] as const)('%s is a %s', (libc, status) => {
    const { operatingSystem } = fakeSystemInfo
    const found = check(system({ operatingSystem: { ...operatingSystem, libc } })).find(({ id }) => id === 'libc')
    expect(found?.status).toBe(status)
  })
})

describe('the processor', () => {
  test('one without AVX is slow, and in a virtual machine that can be mended', () => {
    const { processor } = fakeSystemInfo
    const slow = {
      ...native({ cpuVariant: 'sse42', cpuFeatures: ['SSE3'] }).system,
      processor: { ...processor, features: ['sse4_2'] },
    }
    expect(complaints({ system: slow })).toEqual([
      expect.objectContaining({ id: 'cpu', status: 'warning', remedy: expect.stringContaining('-cpu host') }),
    ])
  })

  test('a quota of half a core is told, one of two cores is no matter', () => {
    const { processor } = fakeSystemInfo
    const quota = (quotaCores: number) => complaints(system({ processor: { ...processor, quotaCores } }))
    expect(quota(0.5)).toEqual([expect.objectContaining({ id: 'cpu-quota', status: 'warning' })])
    expect(quota(2)).toEqual([])
  })
})

describe('GPUs', () => {
  const card = { name: 'NVIDIA RTX A2000', vendor: 'NVIDIA', totalBytes: 6e9, driverVersion: '550.54.15' }

  test('one that this build has no libraries for is not used, and it is said which would be needed', () => {
    expect(complaints(system({ gpus: [card] }))).toEqual([
      {
        id: 'gpu',
        status: 'warning',
        message: 'Models run on the CPU: NVIDIA RTX A2000 is not used: this build carries no libraries for GPUs.',
        remedy: expect.stringContaining('@node-llama-cpp/linux-x64-cuda'),
      },
    ])
  })

  test('one whose runtime is missing', () => {
    const problem = 'libcudart.so.13: cannot open shared object file: No such file or directory'
    const report = { ...fakeNativeReport, backEnds: [{ backEnd: 'cuda', outcome: 'failed', problem } as const] }
    const found = complaints(system({ gpus: [card], native: { state: 'ready', report } }))
    expect(found).toEqual([
      {
        id: 'gpu',
        status: 'warning',
        message: `Models run on the CPU: CUDA cannot be used: ${problem}. The system has NVIDIA RTX A2000.`,
        remedy: expect.stringContaining('`hearth cuda install --major 13`'),
      },
    ])
  })

  test('an integrated one brings little, and nobody is sent for it', () => {
    const gpus = [{ name: 'Intel(R) UHD Graphics 620', vendor: 'Intel', isIntegrated: true }]
    expect(complaints(system({ gpus }))).toEqual([])
  })

  test('one in use is told', () => {
    const found = check(native({ device: 'cuda', deviceNames: ['NVIDIA RTX A2000'] })).find(({ id }) => id === 'gpu')
    expect(found).toEqual({ id: 'gpu', status: 'ok', message: 'Models run on NVIDIA RTX A2000 through CUDA.' })
  })
})

describe('memory', () => {
  const memory = (availableBytes: number, more: Partial<SystemInfo['memory']> = {}) =>
    complaints(system({ memory: { ...fakeSystemInfo.memory, availableBytes, ...more } }))

  test('too little for the default model is a problem', () => {
    expect(memory(299e6)).toEqual([expect.objectContaining({ id: 'memory', status: 'problem' })])
    expect(memory(301e6)).toEqual([])
  })

  test('too little for both default models at once is a warning', () => {
    const least = { mainBytes: 300e6, deviceBytes: 0 }
    const defaultModels = healthyFacts.defaultModels.map((model) => ({ ...model, least }))
    const { memory } = fakeSystemInfo
    const found = complaints({ ...system({ memory: { ...memory, availableBytes: 400e6 } }), defaultModels })
    expect(found).toEqual([expect.objectContaining({ id: 'memory', status: 'warning' })])
  })

  test('swap that is mostly in use', () => {
    expect(memory(8e9, { swapTotalBytes: 2e9, swapFreeBytes: 0.9e9 })).toEqual([
      expect.objectContaining({ id: 'swap', status: 'warning' }),
    ])
    expect(memory(8e9, { swapTotalBytes: 2e9, swapFreeBytes: 1.1e9 })).toEqual([])
  })
})

describe('folders and models', () => {
  const models = (changes: Partial<DoctorFacts['models']>) =>
    complaints({ models: { ...healthyFacts.models, ...changes } })

  test('a models folder that is a file, and one that cannot be written', () => {
    expect(models({ state: 'unusable', problem: 'is a file' })[0]).toMatchObject({
      id: 'models-folder',
      status: 'problem',
    })
    expect(models({ isWritable: false })[0]).toMatchObject({ id: 'models-folder', status: 'warning' })
    expect(models({ state: 'absent' })).toEqual([])
  })

  test('another folder with models that is not there', () => {
    const folder = { ...healthyFacts.models, path: '/mnt/models' }
    expect(complaints({ otherFolders: [folder, { ...folder, state: 'absent' }] })).toEqual([
      expect.objectContaining({ id: 'model-dirs', message: 'No model is taken from /mnt/models: it is not there.' }),
    ])
  })

  test('little room on the disk is a warning, none is a problem', () => {
    expect(models({ freeBytes: 2e9 })[0]).toMatchObject({ id: 'disk', status: 'warning' })
    expect(models({ freeBytes: 1e8 })[0]).toMatchObject({ id: 'disk', status: 'problem' })
  })

  test('a data folder that cannot be written keeps neither libraries nor responses', () => {
    const data = { ...healthyFacts.data, isWritable: false }
    const broken = system({ native: { state: 'failed', problem: 'nobody knows' } })
    const ids = ['native-folder', 'native-libraries', 'data-folder']
    expect(complaints({ data, ...broken }).map(({ id }) => id)).toEqual(ids)
  })

  test('libraries that were put there before need not be written', () => {
    const data = { ...healthyFacts.data, isWritable: false }
    expect(complaints({ data }).map(({ id }) => id)).toEqual(['data-folder'])
  })

  test.each([
    [{ state: 'missing' }, 'warning', /hearth pull smollm2-135m-instruct/],
    [{ state: 'missing', isCatalogued: false }, 'problem', /--model/],
    [{ state: 'unusable', problem: 'The file is cut off.' }, 'problem', /Fetch it again/],
    [{ architecture: 'brand-new' }, 'problem', /--model/],
  ] as const)('a default model: %p', (changes, status, remedy) => {
    const [chat, embedding] = healthyFacts.defaultModels as readonly [DefaultModel, DefaultModel]
    const found = complaints({ defaultModels: [{ ...chat, ...changes }, embedding] })
    expect(found).toEqual([
      expect.objectContaining({ id: 'default-model', status, remedy: expect.stringMatching(remedy) }),
    ])
  })

  test('files that cannot be used are named, and of many the first five', () => {
    const unusableFiles = Array.from({ length: 8 }, (_, index) => ({
      path: `/m/${index}.gguf`,
      problem: 'It is empty.',
    }))
    const found = complaints({ unusableFiles })
    expect(found).toHaveLength(6)
    expect(found[0]?.message).toBe('/m/0.gguf cannot be used: It is empty.')
    expect(found.at(-1)?.message).toBe('3 more files cannot be used.')
  })

  test('nobody is told to delete a folder, and a folder that was told of is not told of again', () => {
    const told = { path: '/m', problem: 'it is a file', isFolder: true } as const
    const names = { ...told, path: '/m/aliases.json' }
    const unusable = { ...healthyFacts.models, path: '/m', state: 'unusable', problem: 'is a file' } as const
    expect(complaints({ models: unusable, unusableFiles: [told, names] }).map(({ id }) => id)).toEqual([
      'models-folder',
    ])
    const other = { ...told, path: '/home/ada/.ollama/models', problem: 'this server may not read it (EACCES)' }
    expect(complaints({ unusableFiles: [other] })).toEqual([
      {
        id: 'model-source',
        status: 'warning',
        message: 'Nothing is taken from /home/ada/.ollama/models: this server may not read it (EACCES).',
        remedy: 'Let this user read it, mend it, or take it out of config.yaml.',
      },
    ])
  })

  test('serve is said to fetch only what it would', () => {
    const [chat] = healthyFacts.defaultModels as readonly [DefaultModel]
    const defaultModels = [{ ...chat, state: 'missing' as const }]
    expect(complaints({ defaultModels })[0]?.remedy).toContain('hearth serve does so too')
    expect(complaints({ defaultModels, isAutoPull: false })[0]?.remedy).toBe(
      'hearth pull smollm2-135m-instruct fetches it.',
    )
  })

  test('a mistake in the configuration is told with its place', () => {
    const asked = { problems: ["config.yaml:1:1: nctx: there is no such key; did you mean 'n_ctx'?"] }
    expect(complaints({ config: asked })[0]?.message).toEndWith("did you mean 'n_ctx'?")
    const config = { file: '/etc/hearth.yaml', problems: ['/etc/hearth.yaml:3:7: port: found x', 'more', 'and more'] }
    expect(complaints({ config })[0]?.message).toBe(
      'The configuration in /etc/hearth.yaml has a mistake: /etc/hearth.yaml:3:7: port: found x. There are 2 more problems.',
    )
  })
})

describe('the address, and who else is there', () => {
  const port = (changes: Partial<DoctorFacts['port']>) => complaints({ port: { ...healthyFacts.port, ...changes } })

  test('another program', () => {
    expect(port({ state: 'taken', detail: 'Ollama' })).toEqual([
      {
        id: 'port',
        status: 'problem',
        message: 'Port 8080 on 127.0.0.1 is taken by Ollama.',
        remedy: 'Choose another port with --port (0 takes any free one), or stop that program.',
      },
    ])
  })

  test('a Hearth of this version is well, one of another is told', () => {
    expect(port({ state: 'hearth', version: '0.1.0' })).toEqual([])
    expect(port({ state: 'hearth', version: '0.0.9' })[0]).toMatchObject({
      status: 'warning',
      message: 'Hearth 0.0.9 is running on 127.0.0.1:8080, and this is 0.1.0.',
    })
  })

  test('an address that this user may not have', () => {
    expect(port({ port: 80, state: 'refused', detail: 'EACCES' })[0]).toMatchObject({
      message: 'This user may not listen on 127.0.0.1:80: EACCES.',
      remedy: expect.stringContaining('below 1024'),
    })
    for (const detail of ['EADDRNOTAVAIL', 'ENOTFOUND', 'Failed to listen at desk.lan'])
      expect(port({ host: 'desk.lan', state: 'refused', detail })[0]).toMatchObject({
        message: `desk.lan is not an address of this machine: ${detail}.`,
        remedy: expect.stringContaining('--host'),
      })
    expect(port({ state: 'refused', detail: 'EMFILE' })[0]?.message).toBe(
      'Nothing can listen on 127.0.0.1:8080: EMFILE.',
    )
  })

  test('Ollama beside us is no conflict', () => {
    const found = check({ otherServers: [{ name: 'Ollama', port: 11434, areModelsUsed: true }] }).find(
      ({ id }) => id === 'other-server',
    )
    expect(found).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/Ollama is running on port 11434.*used here, too/),
    })
  })

  test('two servers on one data folder', () => {
    const openDoor = { message: 'Others could use it.', hint: 'Make a key.' }
    expect(complaints({ openDoor })).toMatchObject([{ id: 'open-door', status: 'problem' }])
    expect(complaints({ databaseUsers: [17] })).toEqual([])
    expect(complaints({ databaseUsers: [17, 23] })[0]).toMatchObject({ id: 'two-servers', status: 'warning' })
  })

  const hub = (changes: Partial<NonNullable<DoctorFacts['hub']>>) =>
    complaints({ hub: { endpoint: 'https://hub.example', hasToken: false, status: 200, ...changes } })

  test('a hub that answers, one that does not take the token, one that fails', () => {
    expect(hub({})).toEqual([])
    expect(hub({ hasToken: true, status: 401 })[0]).toMatchObject({ id: 'hub', status: 'problem' })
    expect(hub({ status: 503 })[0]).toMatchObject({ id: 'hub', status: 'warning' })
  })

  test('a clock that differs from that of the hub, and one that was never set', () => {
    expect(hub({ clockAheadSeconds: 30 })).toEqual([])
    expect(hub({ clockAheadSeconds: 3600 })[0]?.message).toBe(
      'The clock is 60 minutes behind that of https://hub.example.',
    )
    expect(complaints({ now: 0 })[0]).toMatchObject({ id: 'clock', status: 'problem' })
  })
})

test('the limit of open files, as Linux tells it', () => {
  expect(openFilesLimit('Max open files            1024                 524288               files\n')).toBe(1024)
  expect(openFilesLimit('Max open files            unlimited            unlimited            files\n')).toBe(
    Number.POSITIVE_INFINITY,
  )
  expect(openFilesLimit('')).toBeUndefined()
})
