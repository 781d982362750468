import { type Static, Type as t } from '@sinclair/typebox'
import { optional } from '../optional.wire.ts'
import { reasoningFields } from '../reasoning.wire.ts'
import { choiceFields, generationFields, samplerFields, tokenLimit } from '../sampling.wire.ts'
import { SentItem } from './items.wire.ts'

const name = (description: string) =>
  t.String({
    pattern: '^[a-zA-Z0-9_.-]{1,64}$',
    description,
    expected: 'a name of up to 64 letters, digits, _, . and -',
  })
const schema = (description: string) =>
  t.Unsafe<Readonly<Record<string, unknown>>>({ ...t.Object({}, { additionalProperties: true }), description })

const CustomFormat = t.Union([
  t.Object({ type: t.Literal('text') }),
  t.Object({
    type: t.Literal('grammar'),
    syntax: t.Union([t.Literal('regex'), t.Literal('lark')], { description: 'Only `regex`.' }),
    definition: t.String({ description: 'What the whole text of a call matches.' }),
  }),
])

const toolFields = {
  description: optional(t.String()),
  parameters: optional(schema('JSON Schema of the arguments of a function.')),
  strict: optional(
    t.Boolean({
      description: 'The arguments validate against `parameters`. Absent: where the schema can be enforced, else no.',
    }),
  ),
  format: optional(CustomFormat),
}

const MemberTool = t.Object({
  type: t.Union([t.Literal('function'), t.Literal('custom')]),
  name: name('Of the function or the custom tool.'),
  ...toolFields,
})
export type MemberTool = Static<typeof MemberTool>

const Tool = t.Object({
  // Of other tools every field is let through here: they are refused by their names.
  type: t.String({
    description:
      '`function`, `custom` (its calls carry any text) or `namespace` (some of both). Tools that run on the servers of OpenAI are not here.',
  }),
  name: t.Optional(name('Of the function, the custom tool or the namespace.')),
  ...toolFields,
  tools: optional(t.Array(MemberTool, { description: 'Of a namespace.' })),
})
export type Tool = Static<typeof Tool>

const NamedTool = t.Object({ type: t.Union([t.Literal('function'), t.Literal('custom')]), name: t.String() })

const ToolChoice = t.Union(
  [
    t.Literal('none'),
    t.Literal('auto'),
    t.Literal('required'),
    NamedTool,
    t.Object({
      type: t.Literal('allowed_tools'),
      mode: t.Union([t.Literal('auto'), t.Literal('required')]),
      tools: t.Array(NamedTool, { minItems: 1 }),
    }),
  ],
  { expected: "'none', 'auto', 'required', a function, a custom tool, or 'allowed_tools'" },
)
export type ToolChoice = Static<typeof ToolChoice>

const TextFormat = t.Union([
  t.Object({ type: t.Literal('text') }),
  t.Object({ type: t.Literal('json_object') }),
  t.Object({
    type: t.Literal('json_schema'),
    name: name('Of the schema.'),
    schema: schema('JSON Schema that the text validates against.'),
    description: optional(t.String()),
    strict: optional(t.Boolean({ description: 'The text validates either way.' })),
  }),
])
export type TextFormat = Static<typeof TextFormat>

const verbosity = t.Union([t.Literal('low'), t.Literal('medium'), t.Literal('high')])

/** What can be asked for beside the answer. The others are of tools that are not here, and add nothing. */
const Includable = t.Union(
  [
    t.Literal('message.output_text.logprobs'),
    t.Literal('reasoning.encrypted_content'),
    t.Literal('file_search_call.results'),
    t.Literal('web_search_call.results'),
    t.Literal('web_search_call.action.sources'),
    t.Literal('message.input_image.image_url'),
    t.Literal('computer_call_output.output.image_url'),
    t.Literal('code_interpreter_call.outputs'),
  ],
  { expected: "a name from OpenAI's reference, as 'message.output_text.logprobs'" },
)

const { effort, max_tokens } = reasoningFields.reasoning.anyOf[0].properties
const summary = optional(
  t.Union([t.Literal('auto'), t.Literal('concise'), t.Literal('detailed')], {
    description: 'No effect: what was thought is in the answer as a whole.',
  }),
)

const Reasoning = t.Object(
  {
    effort,
    max_tokens,
    summary,
    generate_summary: summary,
    context: optional(t.Unknown({ description: 'No effect: the template of the model decides what it sees again.' })),
  },
  { additionalProperties: false },
)

const Metadata = t.Record(
  t.String({ maxLength: 64 }),
  t.String({ maxLength: 512, expected: 'a string of at most 512 characters' }),
  {
    description: 'Kept with the response and given back.',
    maxProperties: 16,
  },
)

/** What a response and a count of its input have in common. */
export const inputFields = {
  model: generationFields.model,
  input: optional(
    t.Union([t.String(), t.Array(SentItem)], {
      description: 'A user’s message, or items of a conversation.',
      expected: 'a string or a list of items',
    }),
  ),
  instructions: optional(t.String({ description: 'A system message before everything else. It is not inherited.' })),
  previous_response_id: optional(t.String({ minLength: 1, description: 'A kept response that this one continues.' })),
  tools: optional(t.Array(Tool, { maxItems: 128 })),
  tool_choice: optional(ToolChoice),
  parallel_tool_calls: optional(t.Boolean({ description: 'Whether one answer may hold several calls. Default true.' })),
  text: optional(t.Object({ format: optional(TextFormat), verbosity: optional(verbosity) })),
  reasoning: optional(Reasoning),
  truncation: optional(t.Union([t.Literal('auto'), t.Literal('disabled')], { description: 'Only `disabled`.' })),
  chat_template_kwargs: optional(
    t.Object({}, { additionalProperties: true, description: 'Further variables for the template of the model.' }),
  ),
  // Refused by name, whatever they hold.
  conversation: optional(t.Unknown({ description: 'Not here: use previous_response_id.' })),
}

const { logit_bias, keep_alive, ttl } = generationFields

export const ResponseRequest = t.Object(
  {
    ...inputFields,
    ...choiceFields,
    ...samplerFields,
    logit_bias,
    keep_alive,
    ttl,
    stream: optional(t.Boolean({ description: 'Answer with server-sent events.' })),
    max_output_tokens: tokenLimit('Most tokens to answer with, those of reasoning included.'),
    max_tool_calls: optional(t.Integer({ minimum: 0 })),
    top_logprobs: optional(t.Integer({ minimum: 0, maximum: 20 })),
    include: optional(t.Array(Includable)),
    metadata: optional(Metadata),
    store: optional(t.Boolean({ description: 'Whether the response is kept, and can be continued. Default true.' })),
    background: optional(t.Boolean({ description: 'Answer at once, and make the response after that.' })),
    stream_options: optional(
      t.Object(
        { include_obfuscation: optional(t.Boolean({ description: 'No effect: nothing is ever padded here.' })) },
        { additionalProperties: false, description: 'Only with `stream`.' },
      ),
    ),
    service_tier: optional(t.String()),
    user: optional(t.String()),
    safety_identifier: optional(t.String()),
    client_metadata: optional(t.Unknown({ description: 'No effect: nobody is told who asks.' })),
    prompt_cache_key: optional(t.String()),
    prompt_cache_retention: optional(t.String()),
    prompt_cache_options: optional(t.Unknown()),
    prompt: optional(t.Unknown({ description: 'Not here: templates are kept by OpenAI only.' })),
    context_management: optional(t.Unknown({ description: 'Not here.' })),
    moderation: optional(t.Unknown({ description: 'Not here.' })),
    access_programs: optional(t.Unknown({ description: 'Not here.' })),
    image: optional(t.Unknown({ description: 'Not here.' })),
  },
  { additionalProperties: false },
)
export type ResponseRequest = Static<typeof ResponseRequest>

const personality = optional(t.Unknown({ description: 'No effect: it chooses among prompts of OpenAI’s own models.' }))
export const InputTokensRequest = t.Object({ ...inputFields, personality }, { additionalProperties: false })
export type InputTokensRequest = Static<typeof InputTokensRequest>

export const InputTokens = t.Object({
  object: t.Literal('response.input_tokens'),
  input_tokens: t.Integer({ description: 'Tokens of the prompt that the model’s template makes of it.' }),
})
