import { type Static, Type as t } from '@sinclair/typebox'
import { optional } from './optional.wire.ts'

const kinds = ['text', 'refusal', 'image_url', 'input_audio', 'file', 'video_url', 'input_video', 'audio_url'] as const
const PartType = t.Union(
  kinds.map((kind) => t.Literal(kind)),
  {
    description: 'No model here reads anything but text; parts of other types are refused with `ability_missing`.',
    expected: "'text', or 'refusal' in a message of the assistant",
  },
)
const unread = t.Optional(t.Unknown({ description: 'Refused: no model here reads it.' }))

const Part = t.Object(
  {
    type: PartType,
    text: optional(t.String()),
    refusal: optional(t.String()),
    image_url: unread,
    input_audio: unread,
    file: unread,
    video_url: unread,
    input_video: unread,
    audio_url: unread,
    annotations: t.Optional(t.Unknown({ description: 'No effect.' })),
    cache_control: t.Optional(t.Unknown({ description: 'No effect.' })),
    prompt_cache_breakpoint: t.Optional(t.Unknown({ description: 'No effect.' })),
  },
  { additionalProperties: false },
)

const Called = t.Object(
  {
    name: t.String({ minLength: 1 }),
    arguments: t.String({ description: 'JSON text of an object.' }),
    parsed_arguments: t.Optional(t.Unknown({ description: 'No effect.' })),
  },
  { additionalProperties: false },
)

const Call = t.Object(
  {
    id: t.String({ minLength: 1 }),
    type: t.Optional(t.Literal('function', { expected: "'function' (custom tools are not supported)" })),
    function: Called,
    index: t.Optional(t.Unknown({ description: 'No effect.' })),
  },
  { additionalProperties: false },
)

const roles = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const

/** One message of a conversation, as clients send it. What belongs to which role is checked where it is read. */
export const Message = t.Object(
  {
    role: t.Union(roles.map((role) => t.Literal(role))),
    content: optional(
      t.Union([t.String(), t.Array(Part)], {
        description: 'Text, or parts of it, which are joined. Only an assistant message may have none.',
        expected: 'a string or a list of text parts',
      }),
    ),
    name: optional(t.String()),
    refusal: optional(t.String({ description: 'Of an assistant: its content, where that is none.' })),
    reasoning_content: optional(t.String({ description: 'What an assistant thought before it answered.' })),
    reasoning: optional(t.String({ description: 'Another name of reasoning_content.' })),
    tool_calls: optional(t.Array(Call, { description: 'Of an assistant; messages of tools answer each of them.' })),
    tool_call_id: optional(t.String({ description: 'Of a tool: the call that it answers.' })),
    function_call: optional(Called),
    audio: t.Optional(t.Null({ expected: 'null (no model here speaks)' })),
    annotations: t.Optional(t.Unknown({ description: 'No effect.' })),
    reasoning_details: t.Optional(t.Unknown({ description: 'No effect: reasoning_content is what is read.' })),
    thinking_blocks: t.Optional(t.Unknown({ description: 'No effect: reasoning_content is what is read.' })),
    provider_specific_fields: t.Optional(t.Unknown({ description: 'No effect.' })),
    cache_control: t.Optional(t.Unknown({ description: 'No effect.' })),
    id: t.Optional(t.Unknown({ description: 'No effect.' })),
    parsed: t.Optional(t.Unknown({ description: 'No effect.' })),
    prefix: t.Optional(t.Unknown({ description: 'No effect: a last message of the assistant is always continued.' })),
  },
  { additionalProperties: false },
)
export type Message = Static<typeof Message>
export type MessagePart = Static<typeof Part>
