import { spawn } from 'node:child_process'
import { findNpm, type NpmProgram } from '../npm-program.mjs'
import { projectFolder } from '../project-folder.ts'

/** npm said no. */
export class NpmError extends Error {
  /** npm's own: `ETARGET`, `E404`, `ENOTFOUND` … */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Runs npm with the user's own settings and answers what it prints with `--json`. Throws `NpmError`, with one line for
 * people, also where there is no npm.
 */
export async function runNpm(parameters: readonly string[], npm: NpmProgram = findNpm()): Promise<unknown> {
  const { output, errors, code } = await outputOf([...npm.first, ...parameters, '--json'], npm)
  const answer = parse(output)
  if (code === 0 && answer !== undefined) return answer
  const error = (answer as { error?: { code?: string; summary?: string } } | undefined)?.error
  const reason = error?.summary ?? (lastLine(errors) || `it ended with ${code}`)
  throw new NpmError(error?.code ?? 'UNKNOWN', reason.trim().split('\n', 1)[0] as string)
}

interface Ended {
  readonly output: string
  readonly errors: string
  readonly code: number | null
}

function outputOf(parameters: readonly string[], { program, shell }: NpmProgram): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { cwd: projectFolder, stdio: ['ignore', 'pipe', 'pipe'], shell })
    let [output, errors] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    child.once('error', (error) =>
      reject(new NpmError('NO_NPM', `npm could not be started (${error.message}): install it with Node`)),
    )
    child.once('close', (code) => resolve({ output, errors, code }))
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1) ?? ''
