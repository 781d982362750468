import { readFileSync, statSync } from 'node:fs'
import process from 'node:process'
import { messageOf } from '../core/errors.ts'
import type { Log } from '../observe/log.ts'
import type { KeyPlace } from './settings.ts'

/** A key as it is now, or why there is none. */
export type KeyReading =
  | { readonly key: string | undefined; readonly problem?: undefined }
  | { readonly problem: string; readonly remedy: string }

/** More than any key has. */
const mostBytes = 16_384

/** What a header can carry as one word. */
const sendable = /^[\x21-\x7e]+$/

/** The key of a provider, which may stand in a file that changes. Its values never stand in a message. */
export class ProviderKey {
  readonly #place: KeyPlace
  readonly #provider: string
  readonly #log: Log
  #mark = ''
  #last: KeyReading = { key: undefined }

  constructor({ provider, place, log }: { provider: string; place: KeyPlace; log: Log }) {
    this.#provider = provider
    this.#place = place
    this.#log = log
  }

  /** Looks at the file each time, and reads it where it is another one than before. Never throws. */
  read(): KeyReading {
    const place = this.#place
    if (place.type === 'none') return { key: undefined }
    if (place.type === 'unset') return unset(place.variable)
    if (place.type === 'value') {
      const variable = shownVariable(place.variable) ?? 'its variable'
      const remedy = `Set ${variable} to the key alone, and start the server anew.`
      return checked(place.value, { what: `the key in ${variable}`, remedy })
    }
    return this.#readFile(place.path)
  }

  #readFile(path: string): KeyReading {
    const remedy = `Put the key alone into ${path}.`
    try {
      const facts = statSync(path)
      // Reading a pipe would wait for somebody who writes, and hold up everything else; some devices never end.
      if (!facts.isFile()) return { problem: `what stands at ${path} is no file`, remedy }
      const mark = `${facts.ino} ${facts.size} ${facts.mtimeMs} ${facts.ctimeMs}`
      if (mark === this.#mark) return this.#last
      if (facts.size > mostBytes) return { problem: `the file of its key, ${path}, is larger than a key`, remedy }
      this.#warnOfReaders(path, facts.mode)
      this.#last = checked(readFileSync(path, 'utf8').replace(/\s+$/, ''), { what: `the key in ${path}`, remedy })
      this.#mark = mark
      return this.#last
    } catch (error) {
      this.#mark = ''
      return { problem: `the file of its key cannot be read: ${messageOf(error)}`, remedy }
    }
  }

  #warnOfReaders(path: string, mode: number): void {
    if (process.platform === 'win32' || (mode & 0o077) === 0) return
    this.#log.warn(`others on this machine may read the key of the provider '${this.#provider}'; chmod 600 ${path}`)
  }
}

function checked(key: string, { what, remedy }: { what: string; remedy: string }): KeyReading {
  if (key === '') return { problem: `${what} is empty`, remedy }
  if (!sendable.test(key)) return { problem: `${what} has a blank or a character that cannot be sent`, remedy }
  return { key }
}

/** Somebody may have put the key itself where the name of its variable belongs: then it is not shown. */
const shownVariable = (variable = ''): string | undefined => (/^[A-Z][A-Z0-9_]*$/.test(variable) ? variable : undefined)

function unset(variable: string): KeyReading {
  if (shownVariable(variable) === undefined)
    return { problem: 'the variable that api_key_env names is not set', remedy: 'Set it, and start the server anew.' }
  return {
    problem: `the variable ${variable} is not set`,
    remedy: `Set ${variable} to the key, and start the server anew.`,
  }
}
