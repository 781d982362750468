import { type Static, Type as t } from '@sinclair/typebox'
import { optional } from './optional.wire.ts'

const name = t.String({
  pattern: '^[A-Za-z0-9_.:-]{1,128}$',
  expected: 'a name of up to 128 letters, digits, underscores, dashes, dots and colons',
})
const Schema = t.Object({}, { additionalProperties: true, description: 'A JSON Schema of an object.' })

const FunctionDefinition = t.Object(
  {
    name,
    description: optional(t.String()),
    parameters: optional(Schema),
    strict: optional(t.Boolean({ description: 'The arguments validate against the schema, whatever tool_choice is.' })),
  },
  { additionalProperties: false },
)

const Tool = t.Object(
  {
    type: t.Union([t.Literal('function'), t.Literal('custom')], {
      description: '`custom` is refused.',
      expected: "'function'",
    }),
    function: t.Optional(FunctionDefinition),
    custom: t.Optional(t.Unknown({ description: 'Refused.' })),
    cache_control: t.Optional(t.Unknown({ description: 'No effect.' })),
  },
  { additionalProperties: false },
)

const Named = t.Object(
  { type: t.Literal('function'), function: t.Object({ name: t.String() }) },
  { additionalProperties: false },
)

const choices = ['none', 'auto', 'required'] as const
const ToolChoice = t.Union(
  [
    ...choices.map((choice) => t.Literal(choice)),
    t.Object(
      {
        type: t.Union([t.Literal('function'), t.Literal('allowed_tools'), t.Literal('custom')]),
        function: t.Optional(t.Object({ name: t.String() })),
        allowed_tools: t.Optional(
          t.Object(
            {
              mode: t.Union([t.Literal('auto'), t.Literal('required')]),
              tools: t.Array(Named, { minItems: 1 }),
            },
            { additionalProperties: false },
          ),
        ),
        custom: t.Optional(t.Unknown({ description: 'Refused.' })),
      },
      { additionalProperties: false },
    ),
  ],
  {
    description: 'Whether and what the model must call. `custom` is refused.',
    expected: "'none', 'auto', 'required', a named function, or allowed tools",
  },
)

/** The functions that a model may call, in today's form and in the one before it. */
export const toolFields = {
  tools: optional(t.Array(Tool, { maxItems: 128, description: 'Functions that the model may call.' })),
  tool_choice: optional(ToolChoice),
  parallel_tool_calls: optional(t.Boolean({ description: 'Whether one answer may hold several calls. Default: yes.' })),
  functions: optional(
    t.Array(t.Omit(FunctionDefinition, ['strict']), {
      minItems: 1,
      maxItems: 128,
      description: 'The old form of tools; the answer comes in the old form too.',
    }),
  ),
  function_call: optional(
    t.Union([t.Literal('none'), t.Literal('auto'), t.Object({ name: t.String() }, { additionalProperties: false })], {
      description: 'The old form of tool_choice.',
      expected: "'none', 'auto', or a named function",
    }),
  ),
}
const Fields = t.Object(toolFields)
export type ToolFields = Static<typeof Fields>
