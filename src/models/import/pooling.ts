import type { JsonObject, ModelFolder } from './model-folder.ts'

/** How token vectors become one vector, with llama.cpp's number for it (`llama_pooling_type`). */
const poolings: Readonly<Record<string, number>> = {
  pooling_mode_mean_tokens: 1,
  pooling_mode_cls_token: 2,
  pooling_mode_lasttoken: 3,
}

/** The same by the names that newer versions of sentence-transformers write. */
const namedPoolings: Readonly<Record<string, number>> = { mean: 1, cls: 2, lasttoken: 3 }

/**
 * llama.cpp's number of the folder's pooling, from modules.json and the pooling module's own config.json. Throws
 * `model_import_failed` when a module would change the vectors in a way that a GGUF file cannot say.
 */
export async function readPooling(folder: ModelFolder): Promise<number> {
  const modules = await folder.json('modules.json')
  if (modules === undefined)
    throw folder.problem('modules.json is missing: this is no folder that sentence-transformers saved')
  if (!Array.isArray(modules)) throw folder.problem('modules.json holds no list')
  let pooling: number | undefined
  for (const module of modules as readonly JsonObject[]) {
    const kind = String(module?.type).split('.').at(-1)
    if (kind === 'Pooling') pooling = await readPoolingModule(folder, module)
    // Every vector that the server gives out is normalised anyway.
    else if (kind !== 'Transformer' && kind !== 'Normalize')
      throw folder.problem(
        `modules.json names a module of type '${module?.type}', and only Transformer, Pooling and Normalize can be imported`,
      )
  }
  if (pooling === undefined) throw folder.problem('modules.json names no Pooling module')
  return pooling
}

async function readPoolingModule(folder: ModelFolder, module: JsonObject): Promise<number> {
  const name = String(module.path ?? '')
  // The path is data: it must not lead out of the folder.
  if (!/^[\w.-]+$/.test(name) || name === '..')
    throw folder.problem(`path of the Pooling module in modules.json is '${name}', and a folder's name is needed`)
  const file = `${name}/config.json`
  const config = await folder.requiredObject(file)
  if (typeof config.pooling_mode === 'string') {
    const named = namedPoolings[config.pooling_mode]
    if (named !== undefined) return named
    throw folder.problem(`pooling_mode in ${file} is '${config.pooling_mode}', and mean, cls or lasttoken is needed`)
  }
  const chosen = Object.keys(config).filter((key) => key.startsWith('pooling_mode_') && config[key] === true)
  const pooling = chosen.length === 1 && chosen[0] !== undefined ? poolings[chosen[0]] : undefined
  if (pooling !== undefined) return pooling
  throw folder.problem(
    `${file} chooses ${chosen.join(' and ') || 'no pooling'}, and exactly one of ${Object.keys(poolings).join(', ')} is needed`,
  )
}
