import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../../scripts/project-folder.ts'
import { type RunResult, run } from '../run.ts'

/** The version of openai-python that the tests run. */
const openaiVersion = '3.52.0'

/**
 * Absolute path of a Python that has openai-python in it, in a virtual environment that is made once. Throws with pip's
 * own words when it cannot be made; answers undefined when this machine has no Python.
 */
export async function pythonWithOpenai(): Promise<string | undefined> {
  const system = await systemPython()
  if (!system) return undefined
  const folder = join(cacheFolder, `openai-python-${openaiVersion}`)
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const stamp = join(folder, 'installed')
  if (existsSync(stamp)) return python
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(cacheFolder, { recursive: true })
  demandSuccess(await run([system, '-m', 'venv', folder]))
  demandSuccess(await run([python, '-m', 'pip', 'install', '--quiet', `openai==${openaiVersion}`]))
  writeFileSync(stamp, '')
  return python
}

async function systemPython(): Promise<string | undefined> {
  for (const name of ['python3', 'python'] as const) {
    const result = await run([name, '-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).catch(() => undefined)
    if (result?.code === 0) return name
  }
  return undefined
}

function demandSuccess({ code, output }: RunResult): void {
  if (code !== 0) throw new Error(`openai-python could not be installed.\n${output}`)
}
