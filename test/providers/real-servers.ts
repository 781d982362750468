import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLlamaServer } from '../../scripts/bench/peers/servers.ts'
import { cacheFolder } from '../../scripts/project-folder.ts'
import { run } from '../run.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'

/** A server of another project that runs. */
export interface RealServer extends AsyncDisposable {
  /** With /v1. */
  readonly url: string
}

const peers = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hearth-peers')

/** The file that a variable names, or one of the usual ones; undefined where there is none. */
function programOf(variable: string, usual: readonly string[]): string | undefined {
  const found = [process.env[variable], ...usual].find((file) => file && existsSync(file))
  if (!found) console.warn(`Skipped: there is no ${usual[0]}; ${variable} may name another one.`)
  return found
}

/** llama-server, where it was built by scripts/bench/build-llama-server.sh or is named by HEARTH_TEST_LLAMA_SERVER. */
export const llamaServerFile = programOf('HEARTH_TEST_LLAMA_SERVER', [
  join(cacheFolder, 'llama-server', 'bin', 'llama-server'),
  join(peers, 'node-llama-cpp-3.22.1', 'bin', 'llama-server'),
])

/** Ollama, where it is in the cache or is named by HEARTH_TEST_OLLAMA. */
export const ollamaFile = programOf('HEARTH_TEST_OLLAMA', [join(peers, 'ollama', 'bin', 'ollama')])

/** Starts llama-server with a chat model, or one that embeds. Several threads would wait for each other in a loop, for minutes where others compute, too. */
export async function openLlamaServer(model: string, does: 'chat' | 'embedding' = 'chat'): Promise<RealServer> {
  const own = does === 'chat' ? ['--jinja', '-c', '2048'] : ['--embeddings', '-c', '512']
  const server = await startLlamaServer(llamaServerFile ?? '', ['-m', model, '-t', '1', ...own])
  return { url: `${server.url}/v1`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const living = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})

/** Starts Ollama with a home of its own, and makes models there from files, by their names. */
export async function openOllama(models: Readonly<Record<string, string>>): Promise<RealServer> {
  const home = mkdtempSync(join(tmpdir(), 'hearth-ollama-'))
  const port = await freePort()
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    OLLAMA_HOST: `127.0.0.1:${port}`,
    OLLAMA_MODELS: join(home, 'models'),
    ...(process.env.OLLAMA_LLAMA_SERVER !== undefined && { OLLAMA_LLAMA_SERVER: process.env.OLLAMA_LLAMA_SERVER }),
  }
  const child = spawn(ollamaFile ?? '', ['serve'], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] })
  living.add(child)
  let log = ''
  const listening = Promise.withResolvers<void>()
  child.stderr?.on('data', (bytes: Buffer) => {
    log += String(bytes)
    if (log.includes('Listening on')) listening.resolve()
  })
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  void gone.then(() => listening.reject(new Error(`Ollama ended before it was ready.\n${log}`)))
  const stop = async () => {
    child.kill('SIGTERM')
    await gone
    living.delete(child)
    rmSync(home, { recursive: true, force: true })
  }
  try {
    await listening.promise
    for (const [name, file] of Object.entries(models)) {
      writeFileSync(join(home, 'Modelfile'), `FROM ${file}\n`)
      const made = await run([ollamaFile ?? '', 'create', name, '-f', join(home, 'Modelfile')], { environment })
      if (made.code !== 0) throw new Error(`The model ${name} could not be made.\n${made.output}`)
    }
    return { url: `http://127.0.0.1:${port}/v1`, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Starts Hearth with providers, in the form of config.yaml. JSON is YAML. */
export async function openGateway(config: object, environment: Readonly<Record<string, string>> = {}): Promise<Hearth> {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-gateway-'))
  const file = join(folder, 'config.yaml')
  writeFileSync(file, JSON.stringify(config))
  const own = { PATH: process.env.PATH ?? '', HOME: folder, HEARTH_HOME: folder, ...environment }
  const server = await startHearth({ flags: ['--config', file, '--no-preload'], environment: own })
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return {
    ...server,
    stop: () => server.stop().finally(remove),
    async [Symbol.asyncDispose]() {
      await server.stop()
      remove()
    },
  }
}

/** Ollama cannot tell which port it took. */
async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
