import { spawn } from 'node:child_process'
import { describeEnd, describeNoStart, type SpawnCall, type SpawnedProcess } from './child-process.ts'

/** Starts a process with node:child_process, which every program that runs us has. */
export function spawnNode({ command, environment, onOutput, onErrorOutput }: SpawnCall): SpawnedProcess {
  const [program, ...parameters] = command
  const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'pipe'], env: environment, windowsHide: true })
  const gone = new Promise<string>((resolve) => {
    child.on('error', (error) => {
      if (child.pid === undefined) resolve(describeNoStart(error.message))
    })
    child.once('close', (code, signal) => resolve(describeEnd(code, signal)))
  })
  child.stdout.on('data', onOutput)
  child.stderr.on('data', onErrorOutput)
  // A pipe to a child that is gone fails; `gone` tells it to all who need to know.
  for (const pipe of child.stdio) pipe?.on('error', () => {})
  return {
    processId: child.pid,
    gone,
    write: (text) => void child.stdin.write(text),
    endInput: () => void child.stdin.end(),
    kill: () => void child.kill('SIGKILL'),
  }
}
