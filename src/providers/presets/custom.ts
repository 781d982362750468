import { abilities } from '../../core/provider.ts'
import type { Preset } from '../preset.ts'

/** Any server that speaks OpenAI's API: the user says where. It is also what holds of every further name in config.yaml. */
export const custom: Preset = {
  name: 'custom',
  about: 'any server that speaks the API of OpenAI',
  needsKey: false,
  // What it cannot do it refuses itself.
  abilities,
  tellsStreamUsage: true,
  healthPath: 'models',
}
