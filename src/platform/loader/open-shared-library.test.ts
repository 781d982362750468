import { afterEach, beforeEach, expect, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { denoCommand } from '../../../test/deno-command.ts'
import { run } from '../../../test/run.ts'

const compiler = Bun.which('cc') ?? Bun.which('gcc')
const onLinux = test.skipIf(process.platform !== 'linux' || !compiler)
let place: string

beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-loader-')))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

/** `libneeded.so.1` in a folder of its own, and `libneeding.so`, which needs it and does not know where it is. */
function makeLibraries() {
  const [elsewhere, needed, needing] = [join(place, 'elsewhere'), join(place, 'needed.c'), join(place, 'needing.c')]
  mkdirSync(elsewhere)
  writeFileSync(needed, 'int hearth_needed(void) { return 42; }\n')
  writeFileSync(needing, 'int hearth_needed(void);\nint hearth_needing(void) { return hearth_needed(); }\n')
  const paths = { needed: join(elsewhere, 'libneeded.so.1'), needing: join(place, 'libneeding.so') }
  const build = (...given: string[]) => execFileSync(compiler ?? 'cc', ['-shared', '-fPIC', ...given])
  build('-Wl,-soname,libneeded.so.1', '-o', paths.needed, needed)
  build('-o', paths.needing, needing, paths.needed)
  return paths
}

/** In a process of its own: what is opened stays. Each path is opened, and told as `opened` or by its error. */
async function openIn(command: readonly [string, ...string[]], paths: readonly string[]): Promise<readonly string[]> {
  const program = join(place, 'open.ts')
  const module = JSON.stringify(join(import.meta.dirname, 'open-shared-library.ts'))
  writeFileSync(
    program,
    `import { openSharedLibrary } from ${module}
    import { readFileSync } from 'node:fs'
    for (const path of ${JSON.stringify(paths)}) {
      try {
        openSharedLibrary(path)
        console.log(readFileSync('/proc/self/maps', 'utf8').includes(path) ? 'opened' : 'not mapped')
      } catch (error) { console.log(error.message.replaceAll('\\n', ' ')) }
    }`,
  )
  const { output } = await run([...command, program])
  return output.trim().split('\n')
}

onLinux('a library that is opened is found by those that need it', async () => {
  const { needed, needing } = makeLibraries()
  const said = await openIn([process.execPath], [needing, needed, needing, needed])
  expect(said).toEqual([
    expect.stringMatching(/libneeded\.so\.1: cannot open shared object file/),
    'opened',
    'opened',
    'opened',
  ])
})

onLinux('so it is under Deno', async () => {
  const { needed, needing } = makeLibraries()
  const said = await openIn([denoCommand(), 'run', '--allow-all', '--no-config'], [needing, needed, needing])
  expect(said).toEqual([expect.stringMatching(/libneeded\.so\.1: cannot open shared object file/), 'opened', 'opened'])
})

onLinux('what is no library is told in the words of the system', async () => {
  const path = join(place, 'text.so')
  writeFileSync(path, 'This is a text and no library.\n'.repeat(10))
  expect(await openIn([process.execPath], [path, join(place, 'absent.so')])).toEqual([
    `${path}: invalid ELF header`,
    `${join(place, 'absent.so')}: cannot open shared object file: No such file or directory`,
  ])
})
