import { ServerError } from '../../core/errors.ts'
import type { ChatMessage, MessagesPrompt, Prompt, RenderedPrompt } from '../../core/generation.ts'
import type { ModelEntry } from '../../core/model.ts'
import type { FakeVocabulary } from './fake-tokens.ts'

const plain = { addsSpecial: false, readsSpecial: false } as const

/** What a fake model reads of a prompt. Its chat template is a control token for the role, and the content. */
export function readPrompt(prompt: Prompt, vocabulary: FakeVocabulary): RenderedPrompt {
  if (prompt.type === 'messages') return renderMessages(prompt, vocabulary)
  if (prompt.type === 'tokens') {
    const text = prompt.tokens.map((token) => vocabulary.textOf(token, 'prompt')).join('')
    return { text, tokens: prompt.tokens }
  }
  const text = prompt.type === 'text' ? prompt.text : prompt.prefix + prompt.suffix
  return { text, tokens: vocabulary.tokenize(text, { addsSpecial: false, readsSpecial: prompt.type === 'text' }) }
}

function renderMessages({ messages, toolUse }: MessagesPrompt, vocabulary: FakeVocabulary): RenderedPrompt {
  const isTold = toolUse && toolUse.choice.type !== 'none'
  const parts = [
    ...(isTold ? [{ mark: '<|tools|>', text: JSON.stringify(toolUse.tools) }] : []),
    ...messages.map((message) => ({ mark: `<|${message.role}|>`, text: contentOf(message) })),
  ]
  return {
    text: parts.map(({ mark, text }) => mark + text).join(''),
    tokens: parts.flatMap(({ mark, text }) => [
      ...vocabulary.tokenize(mark, { addsSpecial: false, readsSpecial: true }),
      ...vocabulary.tokenize(text, plain),
    ]),
  }
}

const contentOf = ({ content, toolCalls = [] }: ChatMessage) =>
  content + toolCalls.map((call) => ` ${call.name}(${call.arguments})`).join('')

/** Throws `context_length_exceeded` when nothing could be generated behind such a prompt. */
export function refuseLong(call: { prompt: Prompt; tokens: number; limit: number; model: ModelEntry }): void {
  if (call.tokens < call.limit) return
  const param = call.prompt.type === 'messages' ? 'messages' : 'prompt'
  throw new ServerError('context_length_exceeded', { param, limit: call.limit, prompt: call.tokens })
}
