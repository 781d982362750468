import { expect, test } from 'bun:test'
import { exceptLoopback } from './loopback-proxy.ts'

const after = (variables: Record<string, string | undefined>) => {
  exceptLoopback(variables)
  return variables
}

test('where a proxy is named, this machine is not asked through it, and what was excepted stays so', () => {
  const list = 'localhost,127.0.0.0/8,::1'
  expect(after({ http_proxy: 'http://p:1' })).toEqual({ http_proxy: 'http://p:1', no_proxy: list, NO_PROXY: list })
  expect(after({ HTTPS_PROXY: 'p', NO_PROXY: '.example.com' })).toMatchObject({
    no_proxy: `.example.com,${list}`,
    NO_PROXY: `.example.com,${list}`,
  })
  expect(after({ ALL_PROXY: 'p', NO_PROXY: 'big', no_proxy: 'small' }).NO_PROXY).toBe(`small,${list}`)
})

test('where none is, nothing is changed', () => {
  expect(after({})).toEqual({})
  expect(after({ http_proxy: '', NO_PROXY: 'x' })).toEqual({ http_proxy: '', NO_PROXY: 'x' })
})
