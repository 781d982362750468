import type { JsonMember } from '../../protocol/json-members.ts'
import type { ApiKey } from '../../store/api-keys.ts'
import { refuse } from '../define-route.ts'
import { refuseHeldKey } from './upstream-name.ts'

/** Where OpenRouter and LiteLLM are told who answers instead. */
const furtherModels: ReadonlySet<string> = new Set(['models', 'fallbacks', 'context_window_fallbacks'])

/**
 * Refuses a body in which a provider may find another model than the one that was checked: readers of JSON in Go (Ollama,
 * LocalAI) do not tell `Model` from `model`, and some in C stop at a null. Throws `invalid_parameter`, and `key_not_allowed` where a
 * key for some models names further ones in fields that some providers know.
 */
export function refuseOtherModels(members: readonly Pick<JsonMember, 'name'>[], key: ApiKey | undefined): void {
  for (const { name } of members) {
    const [plain = ''] = name.toLowerCase().split('\u0000')
    if (plain === 'model' && name !== 'model')
      throw refuse('invalid_parameter', { param: JSON.stringify(name).slice(1, -1), problem: problemOf })
    if (furtherModels.has(plain)) refuseHeldKey(key, `and '${plain}' may name others`)
  }
}

const problemOf = `some providers would read it as 'model'; leave it out`
