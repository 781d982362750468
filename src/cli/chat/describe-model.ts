import type { Model } from '../../protocol/openai/models.wire.ts'
import type { HearthClient } from '../client/hearth-client.ts'
import { modelPath } from '../client/prepare-model.ts'
import { textTable } from '../text-table.ts'

/** What a server says of a model, a line a fact. */
export async function describeModel(
  client: HearthClient,
  { model, signal }: { model: string; signal: AbortSignal },
): Promise<string> {
  const found = await client.json<Model>({ path: modelPath(model), signal })
  const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)
  const rows = Object.entries(found).filter(([name, value]) => isPlain(value) && name !== 'object')
  return textTable(rows.map(([name, value]) => [name, String(value)]))
}
