import { expect, test } from 'bun:test'
import { firstParts, matchPath, parsePath } from './route-path.ts'

test('a name stands for one part of a path', () => {
  const path = parsePath('/docs/{asset}')
  expect([path.pattern, path.template]).toEqual(['/docs/:asset', '/docs/{asset}'])
  expect(matchPath(path, '/docs/a.css')).toEqual({ asset: 'a.css' })
  expect(matchPath(path, '/docs/a/b')).toBeUndefined()
})

test('a name with dots stands for all the rest, decoded', () => {
  const path = parsePath('/v1/models/{id...}')
  expect([path.pattern, path.template]).toEqual(['/v1/models/*', '/v1/models/{id}'])
  expect(matchPath(path, '/v1/models/a/b%2Fc')).toEqual({ id: 'a/b/c' })
  expect(matchPath(path, '/v1/models')).toBeUndefined()
})

test('a bad escape is taken as it stands, and a dot is a dot', () => {
  expect(matchPath(parsePath('/x/{id}'), '/x/%zz')).toEqual({ id: '%zz' })
  expect(matchPath(parsePath('/x.y'), '/xzy')).toBeUndefined()
})

test('a name at the very beginning is none that other routes begin with', () => {
  const taken = firstParts(['/v1/models', '/docs/{asset}', '/{provider}/v1/models', '/'])
  expect(taken).toEqual(['v1', 'docs'])
  const path = parsePath('/{provider}/v1/{path...}', taken)
  expect(matchPath(path, '/ollama/v1/a/b')).toEqual({ provider: 'ollama', path: 'a/b' })
  expect(matchPath(path, '/v1/v1/a')).toBeUndefined()
  expect(matchPath(path, '/v11/v1/a')).toEqual({ provider: 'v11', path: 'a' })
})
