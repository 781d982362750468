import { release } from 'node:os'
import process from 'node:process'
import type { Environment } from '../config/environment.ts'
import { version } from '../config/version.ts'
import { messageOf } from '../core/errors.ts'
import { nativeLibraryFolder } from '../platform/native-libraries.ts'
import { isCompiled } from '../platform/own-command.ts'
import { runtimeName } from '../platform/runtime-name.ts'

/** The versions of everything that matters for a report, as JSON has them. Nothing native is opened. */
export async function allVersions({ dataFolder, nativeFolder }: Environment) {
  return {
    version,
    runtime: runtimeName(),
    executable: isCompiled(),
    native: await nativeVersions({ dataFolder, ...(nativeFolder !== undefined && { nativeFolder }) }),
    platform: process.platform,
    architecture: process.arch,
    system: release(),
  }
}

async function nativeVersions(request: { dataFolder: string; nativeFolder?: string }) {
  try {
    const { version: nodeLlamaCpp, device, folder } = await nativeLibraryFolder(request)
    return { 'node-llama-cpp': nodeLlamaCpp, device, folder }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}
