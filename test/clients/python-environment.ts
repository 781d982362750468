import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, projectFolder } from '../../scripts/project-folder.ts'
import { type RunResult, run } from '../run.ts'

/** Absolute path of the folder with the Python scripts and the lists of what they need. */
export const pythonFolder = join(projectFolder, 'test', 'clients', 'python')

/** Why Python clients are skipped, for the names of tests; empty when they are not. */
export const withoutPython = (python: string | undefined) =>
  python ? '' : ' (skipped: there is no Python 3.11 or newer)'

/**
 * Absolute path of the Python of a virtual environment that holds what `requirements-NAME.txt` lists, pinned. It is made
 * once, and again when the list changes. Throws with pip's own words when it cannot be made; answers undefined when this
 * machine has no Python. `openai` is the newest package of OpenAI itself; the `frameworks` take an older one;
 * `gguf` writes model files for the benchmarks.
 */
export async function pythonEnvironment(name: 'openai' | 'frameworks' | 'gguf'): Promise<string | undefined> {
  const system = await systemPython()
  if (!system) return undefined
  const list = join(pythonFolder, `requirements-${name}.txt`)
  const folder = join(cacheFolder, `python-${name}`)
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const stamp = join(folder, 'installed')
  const wanted = createHash('sha256').update(readFileSync(list)).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(cacheFolder, { recursive: true })
  demandSuccess(name, await run([system, '-m', 'venv', folder]))
  demandSuccess(name, await run([python, '-m', 'pip', 'install', '--quiet', '--no-input', '-r', list]))
  writeFileSync(stamp, wanted)
  return python
}

/** A port on which nothing listens, so that whoever asks for more than 127.0.0.1 is refused at once. */
const nowhere = 'http://127.0.0.1:9'

/** Our environment for a program that is to reach this machine only, and to leave nothing beside its own files. */
export function offlineEnvironment(): Readonly<Record<string, string | undefined>> {
  return {
    ...process.env,
    // In both spellings: whichever a client looks for first, it must not be that of the machine.
    ...{ HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, NO_PROXY: '127.0.0.1' },
    ...{ http_proxy: nowhere, https_proxy: nowhere, no_proxy: '127.0.0.1' },
    HF_HUB_OFFLINE: '1',
    LANGSMITH_TRACING: 'false',
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUTF8: '1',
  }
}

async function systemPython(): Promise<string | undefined> {
  for (const name of ['python3', 'python'] as const) {
    const result = await run([name, '-c', 'import sys; sys.exit(sys.version_info < (3, 11))']).catch(() => undefined)
    if (result?.code === 0) return name
  }
  return undefined
}

function demandSuccess(name: string, { code, output }: RunResult): void {
  if (code !== 0) throw new Error(`The Python packages of '${name}' could not be installed.\n${output}`)
}
