import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { SetupError } from './setup.mjs'

/** Signals that arrive within this time of one another are one wish: npm passes on what the terminal sends anyway. */
const sameWishMilliseconds = 500

/**
 * Runs a program to its end with our standard streams, hands on the signals that we get, and answers its exit code:
 * 128 and the signal's number, as shells do, when a signal ended it.
 */
export function runProgram(program, parameters, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { stdio: 'inherit', ...options })
    const stopListening = handSignalsTo(child)
    child.once('error', (error) => {
      stopListening()
      reject(error)
    })
    child.once('close', (code, signal) => {
      stopListening()
      resolve(code ?? 128 + (constants.signals[signal] ?? 0))
    })
  })
}

/** Ends this program with the work's exit code; a `SetupError` is told in one line. */
export async function runMain(work) {
  try {
    process.exitCode = await work()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}

function handSignalsTo(child) {
  let last = 0
  const handOn = (signal) => {
    // A terminal sends Ctrl+C to all of us; handing it on would be a second one, which means "at once".
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    if (Date.now() - last < sameWishMilliseconds) return
    last = Date.now()
    child.kill(signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, handOn)
  const watch = watchParent(() => handOn('SIGTERM'))
  return () => {
    clearInterval(watch)
    for (const signal of signals) process.off(signal, handOn)
  }
}

/** npm signals the shell between us, which may end without a word to us: then only the change of parents tells. */
function watchParent(onGone) {
  if (!process.env.npm_lifecycle_event) return undefined
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    onGone()
  }, 200)
  return watch.unref()
}
