import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { parse } from 'yaml'
import { projectFolder } from '../../scripts/project-folder.ts'
import { runtimeWheels } from '../../src/cli/cuda/runtime-packages.ts'
import { commands } from '../../src/cli/run.ts'
import { version } from '../../src/config/version.ts'
import { importsOf } from '../source-files.ts'

const read = (name: string) => readFileSync(join(projectFolder, name), 'utf8')
/** Without comments; a line that ends in a backslash goes on. */
const dockerfile = read('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, '')

test('the image is of this version, and its commands are commands', () => {
  expect(dockerfile).toContain(`\nARG HEARTH_VERSION=${version}\n`)
  const named = [...dockerfile.matchAll(/\b(?:CMD|ENTRYPOINT) (\[.*\])$/gm)].map(([, words = '']) => JSON.parse(words))
  expect(named).toEqual([['hearth', 'health'], ['hearth'], ['serve']])
  const known = commands.map(({ name }) => name)
  for (const name of ['health', 'serve', 'cuda']) expect(known).toContain(name)
})

test('every image ends as a user without rights, and nothing is copied from a stage that is not there', () => {
  const stages = dockerfile.split(/^FROM /m).slice(1)
  const names = stages.map((stage) => /^.*? AS (\S+)$/m.exec(stage)?.[1])
  expect(names.slice(-2)).toEqual(['cuda', 'cpu'])
  for (const stage of stages.slice(-2)) expect(stage.trimEnd()).toEndWith('\nUSER hearth')
  for (const [, name] of dockerfile.matchAll(/from=([a-z-]+)/g)) expect(names).toContain(name)
  const { services } = parse(read('compose.yaml'), { merge: true })
  expect(Object.keys(services).sort()).toEqual(['cpu', 'cuda'])
  for (const [name, { build, ports, read_only, cap_drop }] of Object.entries<Record<string, unknown>>(services)) {
    expect((build as { target: string }).target).toBe(name)
    // biome-ignore lint/suspicious/noTemplateCurlyInString: compose fills it in.
    expect((ports as string[])[0]).toStartWith('${HEARTH_PUBLISH:-127.0.0.1}:')
    expect([read_only, cap_drop]).toEqual([true, ['ALL']])
  }
})

test.each([12, 13] as const)('the image has the runtime that hearth cuda install would fetch for CUDA %d', (major) => {
  const wanted = runtimeWheels('linux', 'x64', major)
  const lines = wanted.map((wheel) => `${wheel.package}==${wheel.version} --hash=sha256:${wheel.sha256}`)
  expect(read(`packaging/docker/cuda-${major}.txt`).split('\n').slice(1, -1)).toEqual(lines)
})

test('everything that a build reads goes to the daemon, and nothing that says who works here or what was built', () => {
  const [first, ...rules] = read('.dockerignore')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
  const kept = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1))
  expect(first).toBe('*')
  const wanted = filesOfBuild()
  expect(wanted).toContain('scripts/build/dist/write-packaging.ts')
  const tops = new Set(wanted.map((path) => path.split('/')[0] ?? ''))
  expect([...tops].filter((top) => !kept.includes(top))).toEqual([])
  expect(wanted.filter((path) => path.endsWith('.test.ts'))).toEqual([])
  for (const name of ['.git', 'dist', '.cache', 'node_modules', '.env', 'shared']) expect(kept).not.toContain(name)
  for (const [, names = ''] of dockerfile.matchAll(/^COPY (?!--)(.*) \S+$/gm))
    for (const name of names.split(' ').filter((each) => each !== '.')) expect(kept).toContain(name.split('/')[0] ?? '')
})

const made = ['node_modules', '.cache', 'dist']

/** What a build is made from, as far as the source names it: imports, and paths below the top of the project. */
function filesOfBuild(): readonly string[] {
  const found = new Set(['scripts/build.mjs', 'scripts/build/build.ts', 'src/main.ts'])
  for (const path of found) {
    if (!/\.(ts|mjs)$/.test(path)) continue
    const text = read(path)
    const imports = importsOf({ path, text, lines: [] }).filter((name) => name.startsWith('.'))
    for (const name of imports) found.add(posix.join(dirname(path), name))
    for (const [, name = ''] of text.matchAll(/\bprojectFolder, '([^']+)'/g)) if (!made.includes(name)) found.add(name)
  }
  return [...found]
}

test('no image is open to others in silence: the one of compose.yaml is published for this machine, or asks for a key', () => {
  expect(dockerfile).toContain('HEARTH_HOST=0.0.0.0')
  expect(dockerfile).not.toMatch(/INSECURE=/)
  const { services } = parse(read('compose.yaml'), { merge: true })
  for (const { environment, ports } of Object.values<Record<string, Record<string, string>>>(services)) {
    expect(environment?.HEARTH_INSECURE).toBe('true')
    const doorOf = (variables: Record<string, string>) => [
      interpolate(environment?.HEARTH_REQUIRE_KEY ?? '', variables),
      interpolate(ports?.[0] ?? '', variables),
    ]
    expect(doorOf({})).toEqual(['', '127.0.0.1:8080:8080'])
    expect(doorOf({ HEARTH_PUBLISH: '0.0.0.0' })).toEqual(['always', '0.0.0.0:8080:8080'])
    expect(doorOf({ HEARTH_PUBLISH: '0.0.0.0', HEARTH_REQUIRE_KEY: 'never' })[0]).toBe('never')
  }
})

/** As compose does it: `${NAME:-otherwise}` and `${NAME:+instead}`, one in another. */
function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  const filled = text.replace(/\$\{(\w+):([-+])([^${}]*)\}/g, (_, name: string, how: string, other: string) => {
    const value = variables[name] ?? ''
    if (how === '-') return value || other
    return value && other
  })
  return filled === text ? text : interpolate(filled, variables)
}

test('a first start has the time to fetch its models before the health check counts', () => {
  const [, minutes] = /--start-period=(\d+)m /.exec(dockerfile) ?? []
  expect(Number(minutes)).toBeGreaterThanOrEqual(10)
})
