// npm run prove-image [-- --target cuda] [--only build|run]: builds an image by the Dockerfile without Docker, and runs it as
// compose.yaml says.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import { realModels } from '../test/real-models.ts'
import { projectFolder } from './project-folder.ts'
import { ensureBaseImages, type ImageStorage, openImageStorage } from './prove/image-storage.ts'

const { values } = parseArgs({ options: { target: { type: 'string', default: 'cpu' }, only: { type: 'string' } } })
const image = `localhost/hearth:${values.target}`
using storage = openImageStorage()
if (values.only !== 'run') {
  ensureBaseImages(storage)
  build(storage)
}
report('image', `${size(inspect('{{.Size}}'))}, layers ${layers().map(size).join(' + ')}`)
report('user, stop signal', inspect('{{.Config.User}} {{.Config.StopSignal}}'))
if (values.only !== 'build') await proveContainer()

/** The Dockerfile's steps, each in a chroot: no kernel namespaces are needed for that. */
function build({ show }: ImageStorage): void {
  const context = mkdtempSync(join(tmpdir(), 'hearth-image-'))
  try {
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--deduplicate'], {
      cwd: projectFolder,
    })
    const list = ['-C', projectFolder, '--ignore-failed-read', '-cf', '-', '-T', '-']
    const archive = execFileSync('tar', list, { input: files, maxBuffer: 2 ** 30, stdio: ['pipe', 'pipe', 'ignore'] })
    execFileSync('tar', ['-C', context, '-xf', '-'], { input: archive })
    // Docker's format: that of OCI has no health check.
    const how = ['--isolation', 'chroot', '--format', 'docker', '--layers', '--force-rm', '--pull-never']
    show('buildah', ['build', ...how, '--target', values.target, '--tag', image, context])
  } finally {
    rmSync(context, { recursive: true })
  }
}

/** Starts it with what compose.yaml takes away from it, uses it, and stops it. */
async function proveContainer(): Promise<void> {
  const name = `hearth-proof-${process.pid}`
  const port = await freePort()
  const { chat, embedding } = await realModels()
  const mounts = [chat, embedding].flatMap((file) => ['--volume', `${file}:/data/models/${basename(file)}:ro`])
  const { code, output } = storage.podman(
    'run',
    '--detach',
    ...['--name', name, '--network', 'host', '--ulimit', 'host', '--volume', `${name}:/data`, ...mounts],
    ...['--env', `HEARTH_PORT=${port}`, '--env', 'HEARTH_HOST=127.0.0.1', ...hardening(), image],
  )
  if (code !== 0) throw new Error(output)
  try {
    await useContainer(name, `http://127.0.0.1:${port}`)
  } finally {
    storage.podman('rm', '--force', '--time', '0', name)
    storage.podman('volume', 'rm', '--force', name)
  }
}

async function useContainer(name: string, url: string): Promise<void> {
  const start = performance.now()
  while (storage.podman('healthcheck', 'run', name).code !== 0) {
    const state = storage.podman('inspect', name, '--format', '{{.State.Status}}').output
    const isLate = performance.now() - start > 60_000
    if (state !== 'running' || isLate) throw new Error(storage.podman('logs', name).output)
  }
  report('health check', `passes after ${Math.round(performance.now() - start)} ms`)
  const inside = (...command: string[]) => storage.podman('exec', name, ...command).output
  const status = inside('grep', '-E', '^(Uid|CapEff|NoNewPrivs):', '/proc/1/status')
  report('process 1', status.replace(/\s+/g, ' '))
  if (!/Uid:\s+10001\b/.test(status) || !/CapEff:\s+0+\n/.test(`${status}\n`))
    throw new Error('It may more than it should.')
  const write = storage.podman('exec', name, 'touch', '/usr/local/bin/x')
  report('a write beside /data', write.code === 0 ? fail('is possible') : write.output)
  await chatAndEmbed(url)
  report('hearth ps', inside('hearth', 'ps').split('\n').length > 1 ? 'shows the models' : fail('shows nothing'))
  const stopped = performance.now()
  storage.podman('stop', '--time', '40', name)
  const ended = storage.podman('inspect', name, '--format', '{{.State.ExitCode}}').output
  report('stop', `exit code ${ended} after ${Math.round(performance.now() - stopped)} ms`)
  if (ended !== '0') throw new Error(storage.podman('logs', name).output)
}

async function chatAndEmbed(url: string): Promise<void> {
  const post = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return await response.json()
  }
  const messages = [{ role: 'user', content: 'Say hello in one sentence.' }]
  const answer = await post('/v1/chat/completions', { messages, temperature: 0, max_tokens: 32 })
  report('chat', JSON.stringify(answer.choices[0].message.content))
  const { data } = await post('/v1/embeddings', { input: 'a cat sits on the mat' })
  report('embedding', `${data[0].embedding.length} numbers`)
}

/** What the service of compose.yaml says, as podman takes it. */
function hardening(): readonly string[] {
  const { services } = parse(readFileSync(join(projectFolder, 'compose.yaml'), 'utf8'), { merge: true })
  const { read_only: isReadOnly, tmpfs, cap_drop: drop, security_opt: security, init } = services[values.target]
  return [
    ...(isReadOnly ? ['--read-only', '--read-only-tmpfs=false'] : []),
    ...(init ? [] : ['--init=false']),
    ...tmpfs.flatMap((folder: string) => ['--tmpfs', folder]),
    ...drop.flatMap((name: string) => ['--cap-drop', name]),
    ...security.flatMap((option: string) => ['--security-opt', option.replace(/:true$/, '')]),
  ]
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

function inspect(format: string): string {
  const { code, output } = storage.podman('image', 'inspect', image, '--format', format)
  return code === 0 ? output : fail(output)
}

function layers(): readonly string[] {
  const history: { size: number }[] = JSON.parse(storage.podman('history', '--format', 'json', image).output)
  return history
    .filter((step) => step.size > 1e5)
    .map((step) => `${step.size}`)
    .reverse()
}

function report(what: string, found: string): void {
  console.log(`${what.padEnd(22)}${found}`)
}

function fail(why: string): never {
  throw new Error(why)
}

function size(bytes: string): string {
  return `${(Number(bytes) / 1e6).toFixed(1)} MB`
}
