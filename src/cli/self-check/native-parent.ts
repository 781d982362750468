import { join } from 'node:path'
import process from 'node:process'
import type { Environment } from '../../config/environment.ts'
import { isCompiled } from '../../platform/own-command.ts'

/** The folder that libraries are unpacked below, as for serving. */
export const nativeParent = ({ nativeFolder, dataFolder }: Environment): string =>
  nativeFolder ?? join(dataFolder, 'native')

/** The executable that this is; undefined from source. */
export const executablePath = (): string | undefined => (isCompiled() ? process.execPath : undefined)
