import { join, resolve } from 'node:path'
import { findInFolder } from './find-in-folder.ts'
import type { ModelSource } from './found-model.ts'
import { findInHuggingFaceCache } from './hugging-face-cache.ts'
import { findInLmStudio } from './lm-studio-store.ts'
import { OllamaStore } from './ollama-store.ts'

/** Which places of other programs are looked into, and what tells where they are. */
export interface SourcesCall {
  /** Folders that the user named, absolute. */
  readonly folders: readonly string[]
  readonly huggingFaceCache: boolean
  readonly ollamaModels: boolean
  readonly lmStudioModels: boolean
  /** The variables of the process. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Absolute path of the user's folder, and the folder in which relative paths start. */
  readonly home: string
  readonly currentFolder: string
  readonly platform: string
}

/** Every place besides the models folder, in the order in which names go to what lies in them. */
export function modelSources(call: SourcesCall): readonly ModelSource[] {
  const { folders, home } = call
  return [
    ...folders.map((folder): ModelSource => ({ find: () => findInFolder({ folder, mustExist: true }) })),
    ...(call.huggingFaceCache ? [huggingFaceSource(call)] : []),
    ...(call.ollamaModels ? ollamaFolders(call).map((folder) => new OllamaStore(folder)) : []),
    ...(call.lmStudioModels ? [{ find: () => findInLmStudio(home) }] : []),
  ]
}

function huggingFaceSource(call: SourcesCall): ModelSource {
  const folder = huggingFaceCacheFolder(call)
  return { find: () => findInHuggingFaceCache(folder) }
}

type Places = Pick<SourcesCall, 'variables' | 'home' | 'currentFolder' | 'platform'>

/** As huggingface_hub works it out: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables. */
export function huggingFaceCacheFolder({ variables, home, currentFolder }: Places): string {
  const read = (name: string) => variables[name] || undefined
  const absolute = (path: string) => resolve(currentFolder, path.replace(/^~(?=$|[/\\])/, home))
  const cache = read('HF_HUB_CACHE') ?? read('HUGGINGFACE_HUB_CACHE')
  if (cache) return absolute(cache)
  const base = read('HF_HOME')
  if (base) return join(absolute(base), 'hub')
  const caches = read('XDG_CACHE_HOME')
  return join(caches ? absolute(caches) : join(home, '.cache'), 'huggingface', 'hub')
}

/** OLLAMA_MODELS alone where it is set; otherwise the user's, and those of Ollama as a service of the system. */
export function ollamaFolders({ variables, home, currentFolder, platform }: Places): readonly string[] {
  const chosen = variables.OLLAMA_MODELS
  if (chosen) return [resolve(currentFolder, chosen)]
  const own = join(home, '.ollama', 'models')
  // Where its own installer puts it, and the packages of Arch and NixOS.
  const ofSystem = ['/usr/share/ollama/.ollama/models', '/var/lib/ollama', '/var/lib/ollama/models']
  return platform === 'linux' ? [own, ...ofSystem] : [own]
}
