import { type Static, Type as t } from '@sinclair/typebox'

const ConfigChange = t.Object({
  key: t.String(),
  change: t.String({
    description: 'What it was and is; of a list the names of entries that are new, gone or changed. Never a secret.',
  }),
})

const standing = {
  state: t.Union([t.Literal('current'), t.Literal('kept')], {
    description: '`kept`: the file cannot be used, and what was in force before it still is.',
  }),
  file: t.Optional(t.String({ description: 'The file, whether it is there or not. Absent: none is read.' })),
  watched: t.Boolean({ description: 'Whether changes of the file are noticed by themselves.' }),
  read_at: t.Integer({ description: 'When it was judged last, in seconds since 1970.' }),
  changed_at: t.Optional(t.Integer({ description: 'When a change of it took effect last.' })),
  problems: t.Array(
    t.Object({
      message: t.String(),
      key: t.Optional(t.String({ description: 'As in `models[1].n_ctx`.' })),
      line: t.Optional(t.Integer({ minimum: 1 })),
      column: t.Optional(t.Integer({ minimum: 1 })),
    }),
    { description: 'Everything that is wrong with the file, from its top to its bottom.' },
  ),
  awaits_restart: t.Array(ConfigChange, { description: 'What the file says and a new start alone brings about.' }),
}

/** What GET /v1/config answers. */
export const ConfigStandingReply = t.Object(standing)
export type ConfigStandingReply = Static<typeof ConfigStandingReply>

/** What POST /v1/config/reload answers. */
export const ConfigReloadReply = t.Object({
  ...standing,
  changed: t.Array(ConfigChange, { description: 'What took effect now.' }),
})
export type ConfigReloadReply = Static<typeof ConfigReloadReply>
