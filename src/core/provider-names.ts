/** Providers that the program knows without being told of them. Each has a file in src/providers/presets/. */
export const presetNames = ['cerebras', 'custom', 'ollama'] as const
export type PresetName = (typeof presetNames)[number]

/** What the paths of this server begin with. */
export const routeParts = ['v1', 'v2', 'docs', 'health', 'metrics', 'rerank', 'reranking'] as const

/**
 * What no provider may be called, since paths of this server begin so, or are expected to: `/{provider}/v1/…` is where a provider
 * is reached.
 */
export const reservedNames: readonly string[] = [
  ...routeParts,
  ...['v0', 'v3', 'api', 'healthz', 'livez', 'readyz', 'openapi', 'favicon'],
  ...['admin', 'assets', 'static', 'web', 'ui', 'local', 'hearth', 'well-known'],
]

/** `cerebras`, `API_KEY` → `CEREBRAS_API_KEY`; `my-host` → `MY_HOST_API_KEY`. */
export const providerVariable = (provider: string, what: 'BASE_URL' | 'API_KEY'): string =>
  `${provider.toUpperCase().replaceAll('-', '_')}_${what}`
