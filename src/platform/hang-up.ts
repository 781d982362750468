import { closeSync, openSync } from 'node:fs'
import process from 'node:process'

/**
 * Whether a SIGHUP means that the terminal of this process is gone, and not that somebody has sent it to a program that has
 * none or still has it. To be asked before any descriptor of a terminal is closed.
 */
export function isHangUp(): boolean {
  const hadTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  // Windows sends it when the console window is closed, and ends the program soon.
  if (process.platform === 'win32') return true
  return hadTerminal === true && !hasTerminal()
}

/** A process whose terminal is gone cannot open the name that every process has for its own. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}
