import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { descendants } from '../../../test/processes.ts'
import { startHearth } from '../../../test/start-hearth.ts'
import { memoryOf } from '../machine.ts'
import type { Server } from './benchmark.ts'

const living = new Set<ChildProcess>()
const folders = new Set<string>()
// A benchmark that is stopped leaves neither a server nor a folder behind.
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
  for (const folder of folders) removeFolder(folder)
})

function makeFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), name))
  folders.add(folder)
  return folder
}

function removeFolder(folder: string): void {
  folders.delete(folder)
  rmSync(folder, { recursive: true, force: true })
}

interface HearthOptions {
  /** Absent: from source. */
  readonly executable: string | undefined
  readonly modelsFolder: string
  readonly flags: readonly string[]
  /** Absolute path of a script that each of its processes runs first: from source only, whatever `executable` says. */
  readonly preload?: string
}

/** Starts Hearth with a data folder of its own. Resolves when its default models can answer. */
export async function startHearthServer(options: HearthOptions): Promise<Server> {
  const { executable, modelsFolder, flags, preload } = options
  // Bun takes preloads from the folder that it is started in, and the server starts its children in its own.
  const folder = preload && makeFolder('hearth-preload-')
  if (folder) writeFileSync(join(folder, 'bunfig.toml'), `telemetry = false\npreload = [${JSON.stringify(preload)}]\n`)
  const hearth = await startHearth({
    modelsFolder,
    flags: ['--log-level', 'warn', ...flags],
    ...(folder ? { folder } : executable && { by: { executable } }),
  })
  const largest = (one: number, other: number) => (residentBytes(other) > residentBytes(one) ? other : one)
  return {
    url: hearth.url,
    processId: hearth.processId,
    modelProcessId: () => descendants(hearth.processId).reduce(largest, hearth.processId),
    async [Symbol.asyncDispose]() {
      await hearth.stop()
      if (folder) removeFolder(folder)
    },
  }
}

/** Starts llama-server on a free port of 127.0.0.1. Resolves when its model is loaded; rejects with its log. */
export async function startLlamaServer(file: string, flags: readonly string[]): Promise<Server> {
  const folder = makeFolder('llama-server-')
  // Its log goes to a file: read as it comes, it would cost the client processor time.
  const log = openSync(join(folder, 'log'), 'w')
  const parameters = [...flags, '--no-webui', '--host', '127.0.0.1', '--port', '0']
  const child = spawn(file, parameters, { stdio: ['ignore', log, log] })
  closeSync(log)
  living.add(child)
  const gone = new Promise<void>((resolve) => {
    const end = () => {
      living.delete(child)
      resolve()
    }
    child.once('error', end)
    child.once('close', end)
  })
  const stop = async () => {
    child.kill('SIGTERM')
    await gone
    removeFolder(folder)
  }
  try {
    const url = await untilHealthy(join(folder, 'log'), () => living.has(child))
    const processId = child.pid ?? 0
    return { url, processId, modelProcessId: () => processId, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** It says its port before it has its model, and nobody when it has: its health must be asked for. */
async function untilHealthy(logFile: string, isRunning: () => boolean): Promise<string> {
  for (;;) {
    const log = readFileSync(logFile, 'utf8')
    if (!isRunning()) throw new Error(`llama-server ended before it was ready.\n${log}`)
    const url = /listening on (http:\/\/127\.0\.0\.1:[1-9]\d*)\s/.exec(log)?.[1]
    if (url && (await isHealthy(url))) return url
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function isHealthy(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health`, { headers: { connection: 'close' }, keepalive: false })
  await response.arrayBuffer()
  return response.status === 200
}

function residentBytes(processId: number): number {
  const { ownBytes, fileBytes } = memoryOf(processId)
  return ownBytes + fileBytes
}
