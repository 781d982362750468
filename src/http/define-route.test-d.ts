// Checked by the compiler: each expected error below is a way of leaving something out of a route.
import { Type as t } from '@sinclair/typebox'
import { defineRoute } from './define-route.ts'

const whole = {
  method: 'POST',
  path: '/x',
  operationId: 'system.x',
  summary: 's',
  description: 'd',
  params: t.Object({}),
  query: t.Object({}),
  body: t.Object({ a: t.Number() }),
  reply: t.Object({ b: t.String() }),
  event: t.Never(),
} as const
const handle = async () => ({ b: 'x' })
const example = { name: 'n', send: { a: 1 }, reply: { b: 'x' } }

defineRoute({ ...whole, handle, examples: [example], refusals: {} })
// @ts-expect-error no examples
defineRoute({ ...whole, handle, refusals: {} })
// @ts-expect-error an empty list of examples
defineRoute({ ...whole, handle, examples: [], refusals: {} })
// @ts-expect-error no refusals
defineRoute({ ...whole, handle, examples: [example] })
// @ts-expect-error no handler
defineRoute({ ...whole, examples: [example], refusals: {} })
// @ts-expect-error an example that sends something else than the schema says
defineRoute({ ...whole, handle, examples: [{ ...example, send: { a: 'one' } }], refusals: {} })
// @ts-expect-error an example that sends nothing to a route with a body
defineRoute({ ...whole, handle, examples: [{ name: 'n', reply: { b: 'x' } }], refusals: {} })
// @ts-expect-error an example with another answer than the schema says
defineRoute({ ...whole, handle, examples: [{ ...example, reply: { b: 1 } }], refusals: {} })
// @ts-expect-error events of a route that does not stream
defineRoute({ ...whole, handle, examples: [{ name: 'n', send: { a: 1 }, events: [{ c: 1 }] }], refusals: {} })
// @ts-expect-error an error code that does not exist
defineRoute({ ...whole, handle, examples: [example], refusals: { no_such_code: { send: {} } } })
// @ts-expect-error another answer than the schema says
defineRoute({ ...whole, handle: async () => ({ b: 1 }), examples: [example], refusals: {} })

defineRoute({
  ...whole,
  examples: [example],
  refusals: { ability_missing: { send: {} } },
  async handle({ refuse }) {
    // @ts-expect-error a code that this route does not declare
    refuse('model_not_found', { param: 'model', model: 'm' })
    // @ts-expect-error other facts than the code needs
    refuse('ability_missing', { model: 'm' })
    throw refuse('ability_missing', { param: 'model', model: 'm', ability: 'sing' })
  },
})

const withParams = { ...whole, params: t.Object({ id: t.String() }), handle, refusals: {} }
defineRoute({ ...withParams, examples: [{ ...example, params: { id: 'x' } }] })
// @ts-expect-error an example without the parameters of the path
defineRoute({ ...withParams, examples: [example] })

// @ts-expect-error no summary
defineRoute({ ...whole, summary: undefined, handle, examples: [example], refusals: {} })
// @ts-expect-error no description
defineRoute({ ...whole, description: undefined, handle, examples: [example], refusals: {} })
// @ts-expect-error no schema of parameters
defineRoute({ ...whole, params: undefined, handle, examples: [example], refusals: {} })
// @ts-expect-error an operation of no dialect or subject
defineRoute({ ...whole, operationId: 'x', handle, examples: [example], refusals: {} })
// @ts-expect-error no schema of the query
defineRoute({ ...whole, query: undefined, handle, examples: [example], refusals: {} })
// @ts-expect-error no schema of the body
defineRoute({ ...whole, body: undefined, handle, examples: [example], refusals: {} })
// @ts-expect-error no schema of the answer
defineRoute({ ...whole, reply: undefined, handle, examples: [example], refusals: {} })
// @ts-expect-error no schema of the events
defineRoute({ ...whole, event: undefined, handle, examples: [example], refusals: {} })
