import type { JsonObject, ModelFolder } from './model-folder.ts'

/** The shape of a BERT model, as config.json gives it. */
export interface BertConfiguration {
  readonly layers: number
  readonly hiddenSize: number
  readonly feedForwardSize: number
  readonly heads: number
  readonly maxPositions: number
  readonly tokenTypes: number
  readonly vocabularySize: number
  readonly layerNormEpsilon: number
}

/** Reads config.json. Throws `model_import_failed` with the field and the found value when the model is another kind. */
export async function readBertConfiguration(folder: ModelFolder): Promise<BertConfiguration> {
  const config = await folder.requiredObject('config.json')
  requireValue(folder, config, 'model_type', ['bert'])
  requireValue(folder, config, 'hidden_act', ['gelu', undefined])
  requireValue(folder, config, 'position_embedding_type', ['absolute', undefined])
  requireValue(folder, config, 'is_decoder', [false, undefined])
  const whole = (field: string) => wholeNumber(folder, config, field)
  const configuration = {
    layers: whole('num_hidden_layers'),
    hiddenSize: whole('hidden_size'),
    feedForwardSize: whole('intermediate_size'),
    heads: whole('num_attention_heads'),
    maxPositions: whole('max_position_embeddings'),
    tokenTypes: whole('type_vocab_size'),
    vocabularySize: whole('vocab_size'),
    layerNormEpsilon: epsilon(folder, config),
  }
  if (configuration.hiddenSize % configuration.heads !== 0)
    throw folder.problem(
      `hidden_size in config.json is ${configuration.hiddenSize}, no multiple of num_attention_heads ${configuration.heads}`,
    )
  return configuration
}

function requireValue(folder: ModelFolder, config: JsonObject, field: string, accepted: readonly unknown[]): void {
  const found = config[field]
  if (accepted.includes(found)) return
  throw folder.problem(
    `${field} in config.json is ${JSON.stringify(found) ?? 'absent'}, and only ${JSON.stringify(accepted[0])} can be imported`,
  )
}

function wholeNumber(folder: ModelFolder, config: JsonObject, field: string): number {
  const found = config[field]
  if (typeof found === 'number' && Number.isInteger(found) && found > 0 && found < 2 ** 31) return found
  throw folder.problem(
    `${field} in config.json is ${JSON.stringify(found) ?? 'absent'}, and a positive whole number is needed`,
  )
}

function epsilon(folder: ModelFolder, config: JsonObject): number {
  const found = config.layer_norm_eps ?? 1e-12
  if (typeof found === 'number' && found > 0 && found < 1) return found
  throw folder.problem(
    `layer_norm_eps in config.json is ${JSON.stringify(found)}, and a number between 0 and 1 is needed`,
  )
}
