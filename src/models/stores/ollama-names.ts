/** How a model of Ollama's is called. */
export interface OllamaNames {
  /** As Ollama's lists show it, without `:latest`. */
  readonly name: string
  readonly fullName: string
  readonly aliases: readonly string[]
}

/** Names from the four parts under which a manifest is kept: host, namespace, model, tag. Pure. */
export function ollamaNames([host, namespace, model, tag]: OllamaPlace): OllamaNames {
  const isOwn = host === 'registry.ollama.ai'
  const path = isOwn ? (namespace === 'library' ? model : `${namespace}/${model}`) : `${host}/${namespace}/${model}`
  const fullName = `${host}/${namespace}/${model}:${tag}`
  const isHub = host === 'hf.co' || host === 'huggingface.co'
  const onHub = isHub ? [`${namespace}/${model}:${tag}`, ...(tag === 'latest' ? [`${namespace}/${model}`] : [])] : []
  return tag === 'latest'
    ? { name: path, fullName, aliases: [`${path}:latest`, ...onHub] }
    : { name: `${path}:${tag}`, fullName, aliases: onHub }
}

/** Folders and file below `manifests`. */
export type OllamaPlace = readonly [host: string, namespace: string, model: string, tag: string]
