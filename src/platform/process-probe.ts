import process from 'node:process'

/** Whether a process of this number runs on this machine, whoever it belongs to. */
export function isProcessRunning(number: number): boolean {
  try {
    process.kill(number, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
