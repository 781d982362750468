import { expect, test } from 'bun:test'
import { doorRefusals, type Route, scopeOf } from './define-route.ts'
import { buildOpenApi } from './open-api.ts'
import { shownScope } from './open-api-keys.ts'
import { parsePath } from './route-path.ts'
import * as routes from './routes.gen.ts'

const all: readonly Route[] = Object.values(routes)
interface Operation {
  readonly security: readonly object[]
  readonly 'x-scope': string
  readonly responses: Record<string, { readonly description?: string; readonly $ref?: string }>
}
const document = JSON.parse(JSON.stringify(buildOpenApi(all, '0.1.0'))) as {
  paths: Record<string, Record<string, Operation>>
  components: { responses: Record<string, { description: string }>; securitySchemes: { key: object } }
}

test('every operation names the scope that it asks for, and refers to what is said once', () => {
  for (const route of all) {
    const {
      security,
      responses,
      'x-scope': named,
    } = document.paths[parsePath(route.path).template]?.[route.method.toLowerCase()] ?? {}
    const scope = route.scopeFor ? shownScope(route) : scopeOf(route)
    expect(named).toBe(scope)
    expect(security).toEqual(scope === 'open' ? [] : [{ key: scope === 'any' ? [] : [scope] }, {}])
    if (scope === 'inference') expect(responses?.['429']?.description).toContain('`rate_limited`')
    expect(responses?.['401']?.$ref).toBe(scope === 'open' ? undefined : '#/components/responses/KeyRefused')
    const { $ref, description } = responses?.['403'] ?? {}
    if ($ref === undefined) expect(description).toContain('`key_not_allowed`')
    else expect($ref).toBe('#/components/responses/NotAllowed')
    if (scope !== 'open') expect(responses?.['503']?.description).toContain('`keys_unavailable`')
  }
})

test('every refusal at the door is in the document', () => {
  const { KeyRefused, NotAllowed } = document.components.responses
  const said = `${KeyRefused?.description} ${NotAllowed?.description} \`keys_unavailable\` \`rate_limited\``
  for (const code of doorRefusals) expect(said).toContain(`\`${code}\``)
  expect(document.components.securitySchemes.key).toMatchObject({ type: 'http', scheme: 'bearer' })
})
