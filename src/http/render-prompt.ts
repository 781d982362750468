import { Bug } from '../core/errors.ts'
import type { MessagesPrompt, OutputFormat, RenderedPrompt } from '../core/generation.ts'
import type { ModelEntry } from '../core/model.ts'
import { toGeneration } from '../protocol/openai/chat-completions.ts'
import type { ChatCompletionRequest } from '../protocol/openai/chat-completions.wire.ts'
import { refuse } from './define-route.ts'
import { lengthOf, mostCharacters } from './hopeless-texts.ts'
import { holdModel, type Waiting } from './leased-generation.ts'

/**
 * What a model's chat template makes of a conversation, and how much the model can take. Takes no slot. Throws
 * `ability_missing` for models that do not chat, and `invalid_parameter` for more text than is looked at.
 */
export async function renderPrompt(
  model: ModelEntry,
  asked: { readonly prompt: MessagesPrompt; readonly format?: OutputFormat | undefined },
  waiting: Waiting,
): Promise<RenderedPrompt & { readonly contextSize: number }> {
  if (model.kind !== 'chat') throw refuse('ability_missing', { param: 'model', model: model.id, ability: 'chat' })
  if (lengthOf(asked.prompt) > mostCharacters)
    throw refuse('invalid_parameter', {
      param: 'messages',
      problem: `expected up to ${mostCharacters} characters of text, found ${lengthOf(asked.prompt)}`,
    })
  using held = await holdModel(model, waiting)
  if (!held.model.render) throw refuse('ability_missing', { param: 'model', model: model.id, ability: 'chat' })
  const rendered = await held.model.render(asked.prompt, asked.format, waiting.signal)
  return { ...rendered, contextSize: held.model.facts.contextSize }
}

/** The prompt of a chat request, which is checked as if it were to be answered. */
export async function renderChat(body: ChatCompletionRequest, waiting: Waiting) {
  const model = await waiting.services.models.find(body.model ?? undefined, 'chat')
  const { prompt, format } = toGeneration(body, model)
  if (prompt.type !== 'messages') throw new Bug('A chat request without messages.')
  return { model, ...(await renderPrompt(model, { prompt, format }, waiting)) }
}
