import { createHash } from 'node:crypto'
import { closeSync, openSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../../../core/errors.ts'
import type { AddonContext } from '../addon.ts'
import { clear, isDivisible } from '../sequence-memory.ts'
import type { Slot } from '../slot.ts'
import { readStateFile, sealStateFile } from './state-file.ts'
import { isAlive, type StateFolder } from './state-folder.ts'
import { type SavedState, StateIndex } from './state-index.ts'

interface StateStoreOptions {
  readonly context: AddonContext
  readonly folder: StateFolder
  /** Of everything that a state depends on besides its tokens. */
  readonly identity: string
  /** Tokens of one slot. */
  readonly contextSize: number
  /** Of keys and values; 0 where it is not known. */
  readonly bytesPerToken: number
  /** What went wrong, a sentence; nothing is lost but time. */
  readonly onProblem: (problem: string) => void
  /** Bytes of main memory that the machine can still give. Absent: the folder takes none, or nobody knows. */
  readonly availableBytes?: () => number
  /** Called with the bytes that all states take now, whenever that has changed. */
  readonly onBytes?: (bytes: number) => void
}

/** So much memory is left to the machine: a model that has to be read again is worse off than a prompt that has. */
const leftBytes = 768 * 2 ** 20

const fileName = /^[0-9a-f]{32}\.state$/
const unfinishedName = /^[0-9a-f]{32}\.(\d+)\.part$/

/** States of slots in files. Saving and restoring go through llama.cpp's memory: only between two decodes. */
export class StateStore {
  readonly #options: StateStoreOptions
  readonly #index: StateIndex
  #told = 0

  constructor(options: StateStoreOptions) {
    this.#options = options
    this.#index = new StateIndex(options.folder.mostBytes)
    if (options.folder.isLasting) this.#scan()
  }

  /** Whether states outlive this process. */
  get isLasting(): boolean {
    return this.#options.folder.isLasting
  }

  /** As `StateIndex.best`. */
  best(prompt: readonly number[]) {
    return this.#index.best(prompt)
  }

  /** As `StateIndex.covered`. */
  covered(tokens: readonly number[]): number {
    return this.#index.covered(tokens)
  }

  /** Keeps what a slot holds; older states make room for it. Never rejects: without success there is no state. */
  async save(slot: Slot): Promise<void> {
    const { context, folder, identity, bytesPerToken } = this.#options
    const tokens = [...slot.tokens]
    const bytes = tokens.length * (bytesPerToken + 16)
    const gone = this.#index.makeRoom(bytes)
    if (!gone) return
    this.#removeFiles(gone)
    if (!this.#leavesMemory(bytes)) return
    const name = nameOf(identity, tokens)
    const unfinished = join(folder.path, `${name}.${process.pid}.part`)
    try {
      // Made here, so that nobody else may read it.
      closeSync(openSync(unfinished, 'w', 0o600))
      await context.saveSequenceStateToFile(unfinished, slot.sequence, Uint32Array.from(tokens))
      sealStateFile(unfinished, { identity, isDivisible: isDivisible(context, slot) }, this.isLasting)
      const state = { ...readStateFile(unfinished, identity, false), name: `${name}.state` }
      renameSync(unfinished, join(folder.path, state.name))
      this.#add(state)
    } catch (error) {
      rmSync(unfinished, { force: true })
      this.#options.onProblem(`a prompt's state could not be kept: ${messageOf(error)}`)
    }
  }

  /** Fills a slot with a state; what it held is gone. False: it could not, the slot is empty and the state forgotten. */
  async restore(slot: Slot, state: SavedState): Promise<boolean> {
    const { context, folder, identity, contextSize, onProblem } = this.#options
    const path = join(folder.path, state.name)
    clear(context, slot)
    try {
      const { tokens } = readStateFile(path, identity, folder.isLasting)
      if (tokens.join() !== state.tokens.join()) throw new Error('it holds other tokens')
      await context.loadSequenceStateFromFile(path, slot.sequence, contextSize)
      slot.tokens = [...state.tokens]
      this.#use(state, path)
      return true
    } catch (error) {
      onProblem(`the state ${state.name} is dropped: ${messageOf(error)}`)
      this.#drop(state)
      clear(context, slot)
      return false
    }
  }

  /** Forgets all; what lasts stays in its folder. */
  close(): void {
    this.#options.folder.close()
  }

  #add(state: SavedState) {
    const superfluous = this.#index.add(state)
    // A state may be larger than it was expected to be.
    this.#removeFiles([...superfluous, ...(this.#index.makeRoom(0) || [])])
  }

  /** Lets go of states where the machine would have too little memory left beside so many bytes more; false: it has all the same. */
  #leavesMemory(bytes: number): boolean {
    const { availableBytes } = this.#options
    const lacking = () => (availableBytes ? bytes + leftBytes - availableBytes() : 0)
    const wanted = lacking()
    if (wanted <= 0) return true
    this.#removeFiles(this.#index.release(wanted))
    return lacking() <= 0
  }

  #removeFiles(states: readonly SavedState[]) {
    for (const { name } of states) this.#removeFile(name)
    this.#tell()
  }

  #tell() {
    const { bytes } = this.#index
    if (bytes !== this.#told) this.#options.onBytes?.(bytes)
    this.#told = bytes
  }

  #use(state: SavedState, path: string) {
    this.#index.use(state)
    const now = new Date()
    // For the order in which a later process lets go of them.
    if (this.isLasting) utimesSync(path, now, now)
  }

  #drop(state: SavedState) {
    this.#index.remove(state)
    this.#removeFiles([state])
  }

  /** Takes in what earlier processes left, and throws out what is broken. */
  #scan() {
    const { folder, identity, contextSize, onProblem } = this.#options
    for (const name of byAge(folder.path)) {
      const writer = unfinishedName.exec(name)?.[1]
      if (writer && !isAlive(Number(writer))) this.#removeFile(name)
      if (!fileName.test(name)) continue
      try {
        const state = readStateFile(join(folder.path, name), identity, false)
        if (state.tokens.length < contextSize) this.#add({ ...state, name })
      } catch (error) {
        onProblem(`the state ${name} is dropped: ${messageOf(error)}`)
        this.#removeFile(name)
      }
    }
  }

  #removeFile(name: string) {
    try {
      rmSync(join(this.#options.folder.path, name), { force: true })
    } catch (error) {
      this.#options.onProblem(`the state ${name} could not be removed: ${messageOf(error)}`)
    }
  }
}

/** The names in a folder; the one whose file was untouched for longest comes first. */
const byAge = (folder: string): readonly string[] =>
  readdirSync(folder)
    .map((name) => ({ name, at: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => a.at - b.at)
    .map(({ name }) => name)

const nameOf = (identity: string, tokens: readonly number[]) =>
  createHash('sha256').update(identity).update(Uint32Array.from(tokens)).digest('hex').slice(0, 32)
