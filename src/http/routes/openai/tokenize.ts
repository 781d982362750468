import { Type as t } from '@sinclair/typebox'
import type { ModelEntry } from '../../../core/model.ts'
import { toPrompt } from '../../../protocol/openai/chat-completions.ts'
import { toFormat } from '../../../protocol/openai/output-format.ts'
import { fromPieces, type TextToTokenize, toText } from '../../../protocol/openai/tokens.ts'
import { TokenizeReply, TokenizeRequest } from '../../../protocol/openai/tokens.wire.ts'
import { defineRoute, type RouteRequest } from '../../define-route.ts'
import { holdModel } from '../../leased-generation.ts'
import { renderPrompt } from '../../render-prompt.ts'

type Call = RouteRequest<unknown, unknown, TokenizeRequest>

export default defineRoute({
  method: 'POST',
  path: '/v1/tokenize',
  operationId: 'openai.tokenize',
  summary: 'Cut a text into tokens',
  description: `The tokens of a text, or of a conversation as the chat template renders it, in the forms of llama-server
(\`content\`, \`add_special\`, \`parse_special\`, \`with_pieces\`) and vLLM (\`prompt\` or \`messages\`, \`add_special_tokens\`,
\`return_token_strs\`). The model is loaded if it must be; no slot of it is taken. With \`messages\` all parameters count that
make a prompt; beside a text they have no effect.`,
  params: t.Object({}),
  query: t.Object({}),
  body: TokenizeRequest,
  reply: TokenizeReply,
  event: t.Never(),
  examples: [
    {
      name: 'a text with its pieces',
      send: { content: 'Hello there!', with_pieces: true },
      reply: {
        model: 'smollm2-135m-instruct',
        tokens: [
          { id: 1000, piece: 'Hello' },
          { id: 1001, piece: ' there!' },
        ],
        count: 2,
        max_model_len: 256,
      },
    },
    {
      name: 'a conversation',
      send: { messages: [{ role: 'user', content: 'Hello there!' }] },
      reply: { model: 'smollm2-135m-instruct', tokens: [4, 1000, 1001], count: 3, max_model_len: 256 },
    },
  ],
  refusals: {
    model_not_found: { send: { model: 'absent', content: 'a' } },
    model_not_installed: { send: { model: 'catalogued', content: 'a' } },
    ability_missing: { send: { model: 'all-minilm-l6-v2', messages: [{ role: 'user', content: 'a' }] } },
    unsupported_parameter: { send: { messages: [{ role: 'user', content: 'a' }], tools: [{ type: 'custom' }] } },
    queue_full: { send: { model: 'busy', content: 'a' } },
    model_load_failed: { send: { model: 'broken', content: 'a' } },
    model_does_not_fit: { send: { model: 'huge', content: 'a' } },
    template_refused: { send: { model: 'strict', messages: [{ role: 'system', content: 'a' }] } },
    runtime_crashed: { send: { model: 'crashing', content: 'a' } },
    generation_failed: { send: { model: 'failing', content: 'a' } },
  },
  async handle(call) {
    const { body, services } = call
    const wanted = toText(body)
    const model = await services.models.find(body.model ?? undefined, 'chat')
    return wanted ? tokenizeText(wanted, model, call) : tokenizeMessages(model, call)
  },
})

async function tokenizeText({ text, options }: TextToTokenize, model: ModelEntry, call: Call): Promise<TokenizeReply> {
  const { body, signal } = call
  using held = await holdModel(model, call)
  const pieces = await held.model.tokenize(text, options, signal)
  const isNamed = body.with_pieces || body.return_token_strs
  const controls = new Set(isNamed ? pieces.flatMap(({ token, bytes }) => (bytes.length === 0 ? [token] : [])) : [])
  const names = new Map<number, string>()
  for (const token of controls) names.set(token, await held.model.detokenize([token], signal))
  const { contextSize } = held.model.facts
  return fromPieces(pieces, body, { model: model.id, contextSize, nameOf: (token) => names.get(token) ?? '' })
}

async function tokenizeMessages(model: ModelEntry, call: Call): Promise<TokenizeReply> {
  const { messages, ...rest } = call.body
  const body = { ...rest, messages: messages ?? [] }
  const format = toFormat(body)?.format
  const { tokens, contextSize } = await renderPrompt(model, { prompt: toPrompt(body, model.id), format }, call)
  return { model: model.id, tokens: [...tokens], count: tokens.length, max_model_len: contextSize }
}
