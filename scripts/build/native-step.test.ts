import { describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder, projectFolder } from '../project-folder.ts'
import { pinnedVersion } from './build-arguments.ts'
import { readElfLibrary } from './cxx-runtime/read-elf.ts'
import { buildNativeStep } from './native-step.ts'
import { ownTarget, targets } from './targets.ts'

const version = pinnedVersion('node-llama-cpp')
const modules = join(projectFolder, 'node_modules')
const nodeLlamaCpp = { version, folder: join(modules, 'node-llama-cpp') }

/** Where the libraries of a Linux target are, if they are here: those for GPUs only after their executable was built. */
function librariesOf(native: string): string | undefined {
  const folders = [
    join(modules, '@node-llama-cpp', native),
    join(cacheFolder, 'packages', `@node-llama-cpp+${native}@${version}`),
  ].map((folder) => join(folder, 'bins', native))
  return folders.find((folder) => existsSync(join(folder, 'llama-addon.node')))
}

const newest = (versions: readonly string[], prefix: string) =>
  versions
    .filter((name) => name.startsWith(prefix))
    .map((name) => `${name.slice(prefix.length)}.0.0`.split('.').slice(0, 3).join('.'))
    .sort(Bun.semver.order)
    .at(-1)

const steps = targets
  .filter(({ machine }) => machine.startsWith('linux-'))
  .map(({ name, machine, native: [native] }) => {
    const libraries = librariesOf(native)
    const path = join(cacheFolder, 'native-step', `${native}@${version}`, 'hearth-step.node')
    const built = libraries ? buildNativeStep({ machine, libraries, nodeLlamaCpp, path }) : { missing: 'its libraries' }
    return { name, machine, libraries: libraries as string, ...built }
  })

/** The package's libraries are found beside the addon, which is loaded first. */
const scriptFor = (libraries: string, step: string) => `
  const addon = { exports: {} }, step = { exports: {} }
  const path = ${JSON.stringify(join(libraries, 'llama-addon.node'))}
  process.dlopen(addon, path, 2)
  process.dlopen(step, ${JSON.stringify(step)}, 2)
  step.exports.useAddon(path)
  console.log(step.exports.version)`

for (const { name, machine, libraries, ...built } of steps) {
  const reason = 'missing' in built ? built.missing : undefined
  describe.skipIf(reason !== undefined)(`the native step of ${name}${reason ? ` (without ${reason})` : ''}`, () => {
    test('asks for no newer system than Debian 12, Ubuntu 22.04 and RHEL 9 are', () => {
      const { requirements } = readElfLibrary(readFileSync((built as { path: string }).path))
      const versions = requirements.flatMap((each) => each.versions)
      expect(Bun.semver.order(newest(versions, 'GLIBC_') ?? '', '2.34.0'), versions.join()).not.toBe(1)
      expect(Bun.semver.order(newest(versions, 'GLIBCXX_') ?? '', '3.4.30'), versions.join()).not.toBe(1)
    })

    test.skipIf(machine !== ownTarget()?.machine)(
      'finds the addon of its package, which computes without a GPU',
      () => {
        const folder = mkdtempSync(join(tmpdir(), 'hearth-step-'))
        try {
          const said = spawnSync(process.execPath, ['-e', scriptFor(libraries, (built as { path: string }).path)], {
            cwd: folder,
            encoding: 'utf8',
          })
          // The addon of the package for Vulkan is linked to Vulkan's loader itself.
          if (name.endsWith('vulkan') && said.stderr.includes('libvulkan.so.1: cannot open')) return
          expect(said).toMatchObject({ stdout: `${version}\n`, status: 0 })
          expect(readdirSync(folder)).toEqual([])
        } finally {
          rmSync(folder, { recursive: true, force: true })
        }
      },
    )
  })
}

test('is left out for an older version, whose addon is laid out otherwise', () => {
  const older = { ...nodeLlamaCpp, version: '3.21.1' }
  const built = buildNativeStep({ machine: 'linux-x64', libraries: '/', nodeLlamaCpp: older, path: '/absent' })
  expect('missing' in built && built.missing).toMatch(/no C\+\+ compiler|needs node-llama-cpp .* this is 3\.21\.1/)
})
