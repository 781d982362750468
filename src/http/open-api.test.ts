import { expect, test } from 'bun:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { Route } from './define-route.ts'
import { buildOpenApi } from './open-api.ts'
import * as routes from './routes.gen.ts'

const all: readonly Route[] = Object.values(routes)
const document = JSON.parse(JSON.stringify(buildOpenApi(all, '0.1.0'))) as {
  paths: Record<string, Record<string, { responses: Record<string, unknown>; operationId: string }>>
}

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator()
  const result = await validator.validate(structuredClone(document))
  expect(result).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
})

test('every route is in the document', () => {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
  expect(operations.map((operation) => operation.operationId).sort()).toEqual(
    all.map((route) => route.operationId).sort(),
  )
})

test('a route that streams shows its events, and every route its errors', () => {
  const { responses } = document.paths['/v1/chat/completions']?.post ?? { responses: {} as Record<string, unknown> }
  expect(Object.keys(responses)).toEqual([
    '200',
    '400',
    '401',
    '403',
    '404',
    '408',
    '413',
    '415',
    '422',
    '429',
    '499',
    '500',
    '502',
    '503',
    '504',
  ])
  expect(JSON.stringify(responses['200'])).toContain('"text/event-stream"')
  expect(JSON.stringify(responses['200'])).toContain('data: [DONE]')
  expect(JSON.stringify(responses['429'])).toContain('queue_full')
  expect(JSON.stringify(responses['429'])).toContain(
    '"application/json":{"schema":{"$ref":"#/components/schemas/Error"}}',
  )
})

test('a management route has its errors as problem details', () => {
  const { responses } = document.paths['/health']?.get ?? { responses: {} as Record<string, unknown> }
  expect(JSON.stringify(responses['500'])).toContain(
    '"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}',
  )
})

test('a route that answers with several kinds of files names each of them', () => {
  const { responses } = document.paths['/docs/{asset}']?.get ?? { responses: {} as Record<string, unknown> }
  const { content } = responses['200'] as { content: object }
  expect(Object.keys(content)).toEqual(['text/css', 'text/javascript', 'image/png'])
})
