import { dirname } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { isCompiled } from './own-command.ts'

/** Absolute path of the folder that the executable lies in; from source, of the one with package.json. */
export const programFolder = (): string =>
  isCompiled() ? dirname(process.execPath) : fileURLToPath(new URL('../..', import.meta.url))
