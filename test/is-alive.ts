import { readFileSync } from 'node:fs'

/** Whether a process runs. One that has ended and that nobody has asked after yet (a zombie) does not. */
export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
  } catch {
    return false
  }
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${processId}/status`, 'utf8'))
  } catch {
    return process.platform !== 'linux'
  }
}
