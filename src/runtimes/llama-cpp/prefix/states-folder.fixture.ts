import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StateFolder } from './state-folder.ts'

/** A folder for states that goes when it is disposed of. */
export function statesFolder(mostBytes = 2 ** 20, isLasting = false): StateFolder & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'hearth-test-states-'))
  return { path, mostBytes, isLasting, close() {}, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}
