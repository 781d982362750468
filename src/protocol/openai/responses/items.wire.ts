import { type Static, Type as t } from '@sinclair/typebox'
import { optional } from '../optional.wire.ts'

const onlyText = "'input_text', 'output_text' or 'refusal' (this version reads no images, audio or files)"

const itemStatus = t.Union([t.Literal('in_progress'), t.Literal('completed'), t.Literal('incomplete')])

// What clients send. Fields that they copy from an answer and that say nothing to a model may stand beside these.

const SentPart = t.Union([
  t.Object({ type: t.Literal('input_text', { expected: onlyText }), text: t.String() }),
  t.Object({ type: t.Literal('output_text', { expected: onlyText }), text: t.String() }),
  t.Object({ type: t.Literal('refusal', { expected: onlyText }), refusal: t.String() }),
])

const SentMessage = t.Object({
  type: t.Optional(t.Literal('message')),
  id: optional(t.String({ minLength: 1 })),
  role: t.Union([t.Literal('user'), t.Literal('assistant'), t.Literal('system'), t.Literal('developer')]),
  content: t.Union([t.String(), t.Array(SentPart)], {
    description: 'Text, or parts of it, which are joined.',
    expected: 'a string or a list of text parts',
  }),
})

const SentCall = t.Object({
  type: t.Literal('function_call'),
  id: optional(t.String({ minLength: 1 })),
  call_id: t.String({ minLength: 1 }),
  name: t.String({ minLength: 1 }),
  namespace: optional(t.String({ minLength: 1 })),
  arguments: t.String({ description: 'JSON text of an object.' }),
})

const SentCustomCall = t.Object({
  type: t.Literal('custom_tool_call'),
  id: optional(t.String({ minLength: 1 })),
  call_id: t.String({ minLength: 1 }),
  name: t.String({ minLength: 1 }),
  namespace: optional(t.String({ minLength: 1 })),
  input: t.String(),
})

const SentCallOutput = t.Object({
  type: t.Union([t.Literal('function_call_output'), t.Literal('custom_tool_call_output')]),
  id: optional(t.String({ minLength: 1 })),
  call_id: t.String({ minLength: 1, description: 'The call that it answers.' }),
  output: t.Union([t.String(), t.Array(SentPart)], { expected: 'a string or a list of text parts' }),
})

const SentReasoning = t.Object({
  type: t.Literal('reasoning'),
  id: optional(t.String({ minLength: 1 })),
  summary: optional(t.Array(t.Object({ type: t.Literal('summary_text'), text: t.String() }))),
  content: optional(t.Array(t.Object({ type: t.Literal('reasoning_text'), text: t.String() }))),
  encrypted_content: optional(t.String({ description: 'As an earlier answer of this server has it.' })),
})

const ItemReference = t.Object({
  type: t.Optional(t.Union([t.Literal('item_reference'), t.Null()])),
  id: t.String({ minLength: 1, description: 'An item of a response that was kept.' }),
})

/** One item of a request's `input`. */
export const SentItem = t.Union([SentMessage, SentCall, SentCustomCall, SentCallOutput, SentReasoning, ItemReference])
export type SentItem = Static<typeof SentItem>

// What is kept and answered.

const TopLogprob = t.Object({ token: t.String(), bytes: t.Array(t.Integer()), logprob: t.Number() })

/** The chance of one token, and those of the likeliest ones in its place. */
export const Logprob = t.Object({
  token: t.String(),
  bytes: t.Array(t.Integer()),
  logprob: t.Number(),
  top_logprobs: t.Array(TopLogprob),
})
export type Logprob = Static<typeof Logprob>

export const OutputText = t.Object({
  type: t.Literal('output_text'),
  text: t.String(),
  annotations: t.Array(t.Never()),
  logprobs: t.Array(Logprob, { description: 'Empty unless the request included `message.output_text.logprobs`.' }),
})
export type OutputText = Static<typeof OutputText>

const InputText = t.Object({ type: t.Literal('input_text'), text: t.String() })

/** A piece of what the model thought. */
export const ReasoningText = t.Object({ type: t.Literal('reasoning_text'), text: t.String() })
export type ReasoningText = Static<typeof ReasoningText>

export const MessageItem = t.Object({
  id: t.String(),
  type: t.Literal('message'),
  status: itemStatus,
  role: t.Literal('assistant'),
  content: t.Array(OutputText),
})
export type MessageItem = Static<typeof MessageItem>

export const CallItem = t.Object({
  id: t.String(),
  type: t.Literal('function_call'),
  status: itemStatus,
  call_id: t.String({ description: 'What a `function_call_output` names.' }),
  name: t.String(),
  namespace: t.Optional(t.String()),
  arguments: t.String({ description: 'JSON text of an object.' }),
})
export type CallItem = Static<typeof CallItem>

export const CustomCallItem = t.Object({
  id: t.String(),
  type: t.Literal('custom_tool_call'),
  status: itemStatus,
  call_id: t.String({ description: 'What a `custom_tool_call_output` names.' }),
  name: t.String(),
  namespace: t.Optional(t.String()),
  input: t.String(),
})
export type CustomCallItem = Static<typeof CustomCallItem>

export const ReasoningItem = t.Object({
  id: t.String(),
  type: t.Literal('reasoning'),
  status: itemStatus,
  summary: t.Array(t.Never(), { description: 'Always empty: this server has the whole, in `content`.' }),
  content: t.Array(ReasoningText),
  encrypted_content: optional(
    t.String({
      description:
        'With `include: ["reasoning.encrypted_content"]`: the same text once more, encoded and not encrypted.',
    }),
  ),
})
export type ReasoningItem = Static<typeof ReasoningItem>

/** One item of an answer. */
export const OutputItem = t.Union([ReasoningItem, MessageItem, CallItem, CustomCallItem])
export type OutputItem = Static<typeof OutputItem>

const InputMessageItem = t.Object({
  id: t.String(),
  type: t.Literal('message'),
  status: itemStatus,
  role: t.Union([t.Literal('user'), t.Literal('system'), t.Literal('developer')]),
  content: t.Array(InputText),
})

const CallOutputItem = t.Object({
  id: t.String(),
  type: t.Union([t.Literal('function_call_output'), t.Literal('custom_tool_call_output')]),
  status: itemStatus,
  call_id: t.String(),
  output: t.String(),
})

/** One item of a conversation, as it is kept and listed. */
export const Item = t.Union([InputMessageItem, CallOutputItem, MessageItem, CallItem, CustomCallItem, ReasoningItem])
export type Item = Static<typeof Item>

export const ItemList = t.Object({
  object: t.Literal('list'),
  data: t.Array(Item),
  first_id: t.Union([t.String(), t.Null()]),
  last_id: t.Union([t.String(), t.Null()]),
  has_more: t.Boolean(),
})
export type ItemList = Static<typeof ItemList>
