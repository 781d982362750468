import { type Static, Type as t } from '@sinclair/typebox'

const Recipe = t.Object({
  id: t.String(),
  object: t.Literal('recipe'),
  runtime: t.String({ description: 'What carries it out: `llama-cpp`, `onnx`, `upstream`.' }),
  description: t.String(),
  back_end: t.Optional(t.String({ description: 'What it computes on: `cpu`, `cuda`, `vulkan`, `metal`.' })),
  available: t.Union([t.Boolean(), t.Null()], { description: 'Whether it works here; null: that is being found out.' }),
  default: t.Boolean({ description: 'Whether models run so that ask for nothing else.' }),
  reason: t.Optional(t.String({ description: 'Why it does not work here.' })),
  remedy: t.Optional(t.String({ description: 'What to do about it.' })),
})

/** What GET /v1/recipes answers. */
export const RecipeList = t.Object({ object: t.Literal('list'), data: t.Array(Recipe) })
export type RecipeList = Static<typeof RecipeList>
