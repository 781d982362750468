import { Type as t } from '@sinclair/typebox'

/** The path of a kept response. */
export const responseId = t.Object({ id: t.String({ description: 'The id of a response.' }) })

const names = t.Optional(t.String({ description: 'No effect: everything that was kept is there.' }))

/** The names of what to add, as clients write lists. */
export const include = { include: names, 'include[]': names }
