import { Type as t } from '@sinclair/typebox'
import { ItemList } from '../../../protocol/openai/responses/items.wire.ts'
import { toItem } from '../../../protocol/openai/responses/read-input.ts'
import { defineRoute, refuse } from '../../define-route.ts'
import { findResponse } from '../../responses/kept-response.ts'
import { include, responseId } from '../../responses/response-parameters.ts'
import { keptQuestion } from './get-response.examples.ts'

/** Items of a page, unless the request says otherwise. */
const usualLimit = 20

const Query = t.Object(
  {
    order: t.Optional(
      t.Union([t.Literal('asc'), t.Literal('desc')], {
        description: '`desc`, unless said: newest first.',
        expected: "'asc' or 'desc'",
      }),
    ),
    limit: t.Optional(
      t.String({
        pattern: '^(?:[1-9]\\d?|100)$',
        description: `Items of a page: ${usualLimit}, unless said.`,
        expected: 'an integer from 1 to 100',
      }),
    ),
    after: t.Optional(t.String({ minLength: 1, description: 'The id of the last item of the page before.' })),
    ...include,
  },
  { additionalProperties: false },
)

export default defineRoute({
  method: 'GET',
  path: '/v1/responses/{id}/input_items',
  operationId: 'openai.listInputItems',
  summary: 'List what went into a response',
  description: `The items that a kept response answers, those of all responses that it continues included, page by page.`,
  params: responseId,
  query: Query,
  body: t.Never(),
  reply: ItemList,
  event: t.Never(),
  examples: [
    {
      name: 'one question',
      params: { id: 'resp_kept' },
      reply: {
        object: 'list',
        data: [keptQuestion],
        first_id: keptQuestion.id,
        last_id: keptQuestion.id,
        has_more: false,
      },
    },
  ],
  refusals: {
    response_not_found: { params: { id: 'resp_absent' } },
    store_unavailable: { params: { id: 'resp_unreadable' } },
  },
  async handle({ params: { id }, query, services }) {
    if (!findResponse(id, services)) throw refuse('response_not_found', { param: 'response_id', response: id })
    const page = services.responses.inputItems(id, {
      order: query.order === 'asc' ? 'ascending' : 'descending',
      limit: Number(query.limit ?? usualLimit),
      ...(query.after !== undefined && { after: query.after }),
    })
    if (!page)
      throw refuse('invalid_parameter', { param: 'after', problem: `the response has no input item '${query.after}'` })
    const data = page.items.map((item) => toItem(item.body))
    return {
      object: 'list' as const,
      data,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
      has_more: page.hasMore,
    }
  },
})
