/** Providers that the program knows without being told of them. Each has a file in src/providers/presets/. */
export const presetNames = ['cerebras', 'custom', 'ollama'] as const
export type PresetName = (typeof presetNames)[number]

/**
 * What no provider may be called, since paths of this server begin so, or are expected to: `/{provider}/v1/…` is where a provider
 * is reached.
 */
export const reservedNames: readonly string[] = [
  ...['v1', 'v0', 'v2', 'v3', 'api', 'docs', 'health', 'healthz', 'livez', 'readyz', 'metrics', 'openapi', 'favicon'],
  ...['rerank', 'reranking', 'admin', 'assets', 'static', 'web', 'ui', 'local', 'hearth', 'well-known'],
]
