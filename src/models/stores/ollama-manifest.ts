import { isGroup } from '../../core/is-group.ts'
/** What of a manifest concerns us. Digests are `sha256-` and 64 digits, as the files in `blobs` are called. */
export interface OllamaManifest {
  /** Of its GGUF file; absent for a model that runs elsewhere. */
  readonly model?: string
  /** LoRA adapters. */
  readonly adapters: readonly string[]
  /** Of a JSON file with parameters. */
  readonly params?: string
  /** What else belongs to it and is not used here, in words: `the system prompt`. */
  readonly leftOut?: readonly string[]
  /** Why it is nothing that can be used. */
  readonly problem?: string
}

const listType = 'application/vnd.ollama.manifest.list.v2+json'
const layerType = /^application\/vnd\.ollama\.image\.(\w+)/

/**
 * Understands a manifest of Ollama's store, or of several that are in one the one for llama.cpp. A manifest in a list may stand
 * in a blob of its own: then `reference` names it. Throws where the text is no manifest.
 */
export function parseManifest(text: string): OllamaManifest | { readonly reference: string } {
  const manifest: unknown = JSON.parse(text)
  if (!isGroup(manifest)) throw new Error('it is no JSON object')
  if (manifest.mediaType !== listType) return toManifest(manifest)
  const list = Array.isArray(manifest.manifests) ? manifest.manifests.filter(isGroup) : []
  const ours = list.find(({ format, runner }) => format === 'gguf' || runner === 'ollama' || runner === 'llamacpp')
  if (!ours) return { adapters: [], problem: 'it is in a format that only Ollama can read, and there is no GGUF of it' }
  const reference = Array.isArray(ours.layers) ? undefined : blobName(ours.digest)
  return reference ? { reference } : toManifest(ours)
}

function toManifest({ layers }: Record<string, unknown>): OllamaManifest {
  if (!Array.isArray(layers)) throw new Error("it has no 'layers'")
  const typed = layers.filter(isGroup).map(({ mediaType, digest }) => ({
    type: layerType.exec(String(mediaType))?.[1],
    blob: blobName(digest),
  }))
  const blobsOf = (type: string) => typed.flatMap((layer) => (layer.type === type && layer.blob ? [layer.blob] : []))
  const [models, [params]] = [blobsOf('model'), blobsOf('params')]
  const adapters = blobsOf('adapter')
  if (typed.some(({ type, blob }) => type === 'model' && blob === undefined))
    throw new Error('the digest of its model is none')
  if (models.length > 1)
    return { adapters, problem: `its weights are in ${models.length} files, which is not supported` }
  if (models.length === 0 && typed.some(({ type }) => type === 'tensor'))
    return { adapters, problem: 'its weights are no GGUF file, but single tensors' }
  const leftOut = Object.entries(leftOutParts).flatMap(([type, name]) =>
    typed.some((each) => each.type === type) ? [name] : [],
  )
  return {
    adapters,
    ...(models[0] && { model: models[0] }),
    ...(params && { params }),
    ...(leftOut.length > 0 && { leftOut }),
  }
}

/** Layers that have no use here. */
const leftOutParts = {
  system: 'the system prompt',
  messages: 'the messages with which its conversations begin',
  template: 'the template',
  projector: 'the image reader',
} as const

/** `sha256:…` as the name of a file. Anything else would be a way out of the folder. */
function blobName(digest: unknown): string | undefined {
  return typeof digest === 'string' && /^sha256[:-][0-9a-f]{64}$/i.test(digest)
    ? digest.toLowerCase().replace(':', '-')
    : undefined
}

/** Sampling values of a model, as Ollama's users and its library set them. What is out of range is passed over. */
export function parseParameters(text: string): ParsedParameters {
  const values: unknown = JSON.parse(text)
  if (!isGroup(values)) return { used: {}, leftOut: [] }
  const within = (key: string, least: number, most: number): number | undefined => {
    const value = values[key]
    return typeof value === 'number' && value >= least && value <= most ? value : undefined
  }
  const whole = (value: number | undefined) => (Number.isInteger(value) ? value : undefined)
  const found: { readonly [Name in keyof OllamaParameters | 'none']?: number | undefined } = {
    maxTokens: whole(within('num_predict', 1, 2 ** 31 - 1)),
    temperature: within('temperature', 0, 2),
    topP: within('top_p', Number.MIN_VALUE, 1),
    topK: whole(within('top_k', 0, 2 ** 31 - 1)),
    minP: within('min_p', 0, 1),
  }
  const leftOut = Object.keys(values).filter((key) => found[parameterNames[key] ?? 'none'] === undefined)
  return { used: Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)), leftOut }
}

const parameterNames: Readonly<Record<string, keyof OllamaParameters>> = {
  num_predict: 'maxTokens',
  temperature: 'temperature',
  top_p: 'topP',
  top_k: 'topK',
  min_p: 'minP',
}

export interface ParsedParameters {
  readonly used: OllamaParameters
  /** Names of those that are passed over, as Ollama spells them. */
  readonly leftOut: readonly string[]
}

/** As far as they have a counterpart here. */
export type OllamaParameters = {
  readonly [Name in 'maxTokens' | 'temperature' | 'topP' | 'topK' | 'minP']?: number
}
