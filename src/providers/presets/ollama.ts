import type { Preset } from '../preset.ts'

/** Ollama, on this machine unless somebody says otherwise. Its own clients are given the address without /v1. It asks for no key. */
export const ollama: Preset = {
  name: 'ollama',
  about: 'Ollama',
  address: 'http://127.0.0.1:11434/v1',
  usualPath: '/v1',
  needsKey: false,
  abilities: ['models', 'chat', 'completions', 'embeddings', 'responses', 'images'],
  tellsStreamUsage: true,
  healthPath: 'models',
}
