import { constants } from 'node:os'
import process from 'node:process'

const signals = ['SIGINT', 'SIGTERM'] as const

/**
 * Runs work that ends early at Ctrl+C or SIGTERM, and resolves with its exit code; with 128 and the signal's number when
 * a signal came. The work is waited for, so that it can tidy up; a second signal ends the process at once.
 */
export async function interruptible(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController()
  let code: number | undefined
  const listeners = signals.map((name) => {
    const listener = () => {
      if (code !== undefined) {
        // A progress bar that is left like this had hidden the cursor and kept long lines from being wrapped.
        if (process.stderr.isTTY) process.stderr.write('\u001b[?25h\u001b[?7h')
        process.exit(code)
      }
      code = 128 + constants.signals[name]
      controller.abort(new Error(`stopped by ${name}`))
    }
    process.on(name, listener)
    return () => process.off(name, listener)
  })
  try {
    const done = await work(controller.signal)
    return code ?? done
  } catch (error) {
    if (code === undefined) throw error
    return code
  } finally {
    for (const remove of listeners) remove()
  }
}
