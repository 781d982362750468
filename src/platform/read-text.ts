import { readFileSync } from 'node:fs'

/** The text of a small file of the system; empty where there is none, or it may not be read. */
export function readTextOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
