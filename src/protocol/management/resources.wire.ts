import { type Static, Type as t } from '@sinclair/typebox'
import { loadOptions } from './load.wire.ts'
import { Estimate, Memory } from './memory.wire.ts'
import { modelName } from './model-name.wire.ts'
import { LoadedModel } from './models.wire.ts'

export const Resources = t.Object({
  free: t.Composite([Memory], { description: 'What models may still take now.' }),
  total: t.Composite([Memory], { description: 'What models may take together where nothing else runs.' }),
  models: t.Array(
    t.Pick(LoadedModel, [
      'id',
      'state',
      'pinned',
      'busy',
      'idle_seconds',
      'estimated_main_bytes',
      'estimated_device_bytes',
      'measured_main_bytes',
    ]),
    { description: 'Those in memory and on their way there, the last used first.' },
  ),
})
export type Resources = Static<typeof Resources>

export const EstimateRequest = t.Object({ ...modelName, ...loadOptions }, { additionalProperties: false })
export type EstimateRequest = Static<typeof EstimateRequest>

export const EstimateReply = t.Object({
  model: t.String({ description: 'Its id, or the reference that was asked about.' }),
  estimate: Estimate,
  least: t.Composite([Memory], { description: 'Without so much it makes no sense to load it.' }),
  free: t.Composite([Memory], { description: 'What models may still take now.' }),
  evictable: t.Composite([Memory], { description: 'What idle models would give back for it.' }),
  fits: t.Union([t.Literal('now'), t.Literal('after-eviction'), t.Literal('alone'), t.Literal('never')], {
    description:
      '`after-eviction`: idle models leave for it. `alone`: once models that are in use or pinned have left too.',
  }),
})
export type EstimateReply = Static<typeof EstimateReply>

const check = t.Object({
  subject: t.Union([t.Literal('file'), t.Literal('architecture'), t.Literal('memory'), t.Literal('context')]),
  ok: t.Boolean(),
  detail: t.String({ description: 'A sentence.' }),
})
export const CompatibilityReply = t.Object({
  model: t.String(),
  compatible: t.Boolean({ description: 'Whether it can run here, with these options.' }),
  checks: t.Array(check),
  architecture: t.Optional(t.String()),
  estimate: t.Optional(Estimate),
})
export type CompatibilityReply = Static<typeof CompatibilityReply>
