import { afterEach, beforeEach, expect, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { denoCommand } from '../../../test/deno-command.ts'
import { run } from '../../../test/run.ts'
import { driverLibraries } from './read-driver.ts'

const compiler = Bun.which('cc') ?? Bun.which('gcc')
const onLinux = test.skipIf(process.platform !== 'linux' || !compiler)
let place: string

beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-driver-')))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

/** A driver of CUDA 13.1 with two GPUs; `init` is what its start answers. */
function standInDriver(init = 0): string {
  const [source, library] = [join(place, 'driver.c'), join(place, 'libcuda.so.1')]
  writeFileSync(
    source,
    `int cuDriverGetVersion(int *to) { *to = 13010; return 0; }
    int cuInit(unsigned flags) { return ${init}; }
    int cuDeviceGetCount(int *to) { *to = 2; return 0; }
    int cuDeviceGet(int *to, int index) { *to = 40 + index; return 0; }
    int cuDeviceGetAttribute(int *to, int attribute, int device) {
      *to = attribute == 75 ? (device == 40 ? 8 : 12) : (device == 40 ? 9 : 0);
      return 0;
    }`,
  )
  execFileSync(compiler ?? 'cc', ['-shared', '-fPIC', '-Wl,-soname,libcuda.so.1', '-o', library, source])
  return library
}

/** In a process of its own, in that folder: what is opened stays. */
async function readIn(command: readonly [string, ...string[]], call: object): Promise<unknown> {
  const program = join(place, 'read.ts')
  const module = JSON.stringify(join(import.meta.dirname, 'read-driver.ts'))
  writeFileSync(
    program,
    `import { readDriver } from ${module}
    process.chdir(${JSON.stringify(place)})
    console.log(JSON.stringify(readDriver(${JSON.stringify({ variables: {}, ...call })})))`,
  )
  const { output } = await run([...command, program])
  return JSON.parse(output.trim().split('\n').at(-1) ?? '')
}

const ready = { state: 'ready', driver: { cudaVersion: '13.1', capabilities: ['8.9', '12.0'] } }

onLinux('the driver tells its version and its GPUs', async () => {
  const libraries = [standInDriver()]
  expect(await readIn([process.execPath], { withDevices: true, libraries })).toEqual(ready)
  expect(await readIn([process.execPath], { withDevices: false, libraries })).toEqual({
    state: 'ready',
    driver: { cudaVersion: '13.1' },
  })
})

onLinux('so it does under Deno', async () => {
  const command = [denoCommand(), 'run', '--allow-all', '--no-config'] as const
  expect(await readIn(command, { withDevices: true, libraries: [standInDriver()] })).toEqual(ready)
})

onLinux('a driver that does not start says why', async () => {
  const libraries = [standInDriver(803)]
  expect(await readIn([process.execPath], { withDevices: true, libraries })).toMatchObject({
    state: 'unusable',
    problem: expect.stringContaining('(CUDA error 803)'),
  })
})

onLinux('a library of that name in the current folder is no driver', async () => {
  standInDriver()
  const libraries = ['libcuda.so.1']
  const found = (await readIn([process.execPath], { withDevices: false, libraries })) as {
    driver?: { cudaVersion: string }
  }
  // A machine with a driver answers with that one's version, which is not ours.
  if (found.driver) expect(found.driver.cudaVersion).not.toBe('13.1')
  else
    expect(found).toMatchObject({ state: 'absent', problem: expect.stringContaining('cannot open shared object file') })
})

test('the driver is found where the loader does not look, and in Linux inside of Windows before any other', () => {
  const at = (...paths: readonly string[]) =>
    driverLibraries({ platform: 'linux', variables: {}, exists: (path) => paths.includes(path) })
  expect(at()).toEqual(['libcuda.so.1'])
  expect(at('/usr/lib/wsl/lib/libcuda.so.1')).toEqual(['/usr/lib/wsl/lib/libcuda.so.1', 'libcuda.so.1'])
  for (const path of ['/run/opengl-driver/lib/libcuda.so.1', '/usr/local/nvidia/lib64/libcuda.so.1'])
    expect(at(path)).toEqual(['libcuda.so.1', path])
  const variables = { SystemRoot: 'D:\\Windows' }
  expect(driverLibraries({ platform: 'win32', variables, exists: () => false })).toEqual([
    'D:\\Windows\\System32\\nvcuda.dll',
  ])
})

onLinux('a driver that has to be taken by its path is there for libraries that want its name', async () => {
  const library = standInDriver()
  const libraries = ['libcuda-that-is-not-there.so.1', library]
  expect(await readIn([process.execPath], { withDevices: true, libraries })).toEqual(ready)
})
