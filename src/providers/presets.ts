import type { PresetName } from '../core/provider-names.ts'
import type { Preset } from './preset.ts'
import { cerebras } from './presets/cerebras.ts'
import { custom } from './presets/custom.ts'
import { ollama } from './presets/ollama.ts'

/** All providers that the program knows. */
export const presets: Readonly<Record<PresetName, Preset>> = { cerebras, custom, ollama }

/** What holds of a provider of that name: its own preset, or that of any server. */
export const presetOf = (name: string): Preset =>
  Object.hasOwn(presets, name) ? presets[name as PresetName] : { ...custom, name }
