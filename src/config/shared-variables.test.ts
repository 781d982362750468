import { describe, expect, test } from 'bun:test'
import { makeEnvironment } from './environment.ts'
import { explain, sourceText } from './explain.ts'
import { loadConfig } from './load.ts'
import { problemLine } from './problem.ts'

const load = (variables: Record<string, string>, flags: Record<string, string> = {}) =>
  loadConfig({
    flags,
    environment: makeEnvironment({ variables, platform: 'linux', home: '/home/ann', currentFolder: '/here' }),
  })

test('names that other programs read too set what they name', () => {
  const { config, problems, notes } = load({
    SERVICE_PORT: '9000',
    LOG_LEVEL: 'debug',
    REQUEST_TIMEOUT_S: '2.5',
    ENABLE_SECURITY_HEADERS: 'off',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
  })
  expect([...problems, ...notes]).toEqual([])
  expect(config).toMatchObject({
    port: 9000,
    log_level: 'debug',
    request_timeout_seconds: 2.5,
    enable_security_headers: false,
    otlp_endpoint: 'http://127.0.0.1:4318',
  })
})

test('our own name goes over the other one, an empty one does not, and it is told which has won', () => {
  const portOf = (variables: Record<string, string>, flags?: Record<string, string>) => {
    const loaded = load(variables, flags)
    const row = explain(loaded).find(({ path }) => path === 'port')
    return [loaded.config.port, row && sourceText(row.source)]
  }
  expect(portOf({ SERVICE_PORT: '1', HEARTH_PORT: '2' })).toEqual([2, 'HEARTH_PORT'])
  expect(portOf({ SERVICE_PORT: '1', HEARTH_PORT: '' })).toEqual([1, 'SERVICE_PORT'])
  expect(portOf({ SERVICE_PORT: '1' }, { port: '3' })).toEqual([3, '--port'])
  expect(portOf({ SERVICE_PORT: '' })).toEqual([8080, 'default'])
  expect(load({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector', HEARTH_OTLP_ENDPOINT: '' }).config.otlp_endpoint).toBe(
    undefined,
  )
})

describe('what other programs write into such a variable does not keep us from starting', () => {
  test.each([
    ['DEBUG', 'debug'],
    ['trace', 'debug'],
    ['Verbose', 'debug'],
    [' INFO ', 'info'],
    ['notice', 'info'],
    ['WARNING', 'warn'],
    ['critical', 'error'],
    ['FATAL', 'error'],
    ['off', 'silent'],
  ] as const)('LOG_LEVEL=%s is %s', (text, level) => {
    const { config, problems, notes } = load({ LOG_LEVEL: text })
    expect(config.log_level).toBe(level)
    expect([...problems, ...notes]).toEqual([])
  })

  test.each([
    ['LOG_LEVEL', 'debug,hyper=info', 'log_level'],
    ['LOG_LEVEL', '20', 'log_level'],
    ['SERVICE_PORT', 'tcp://10.96.0.12:8080', 'port'],
    ['SERVICE_PORT', '99999', 'port'],
    ['REQUEST_TIMEOUT_S', '-1', 'request_timeout_seconds'],
    ['REQUEST_TIMEOUT_S', 'never', 'request_timeout_seconds'],
    ['ENABLE_SECURITY_HEADERS', 'maybe', 'enable_security_headers'],
  ] as const)('%s=%s is left aside, and that is told', (name, text, key) => {
    const { config, problems, notes } = load({ [name]: text })
    expect(problems).toEqual([])
    expect(config[key]).toBe(load({}).config[key])
    expect(notes.map(problemLine)).toEqual([
      expect.stringMatching(new RegExp(`^${name}: found .*expected .*left aside`)),
    ])
  })

  test('what is wrong in a variable that is ours alone does', () => {
    for (const variables of [{ HEARTH_LOG_LEVEL: 'WARNING' }, { HEARTH_ENABLE_SECURITY_HEADERS: 'off' }])
      expect(load(variables as Record<string, string>).problems).toHaveLength(1)
  })
})

describe('variables that Kubernetes makes for services', () => {
  const links = (name: string) => ({
    [`${name}_SERVICE_HOST`]: '10.96.0.12',
    [`${name}_SERVICE_PORT`]: '8080',
    [`${name}_SERVICE_PORT_HTTP`]: '8080',
    [`${name}_PORT`]: 'tcp://10.96.0.12:8080',
    [`${name}_PORT_8080_TCP`]: 'tcp://10.96.0.12:8080',
    [`${name}_PORT_8080_TCP_PROTO`]: 'tcp',
    [`${name}_PORT_8080_TCP_PORT`]: '8080',
    [`${name}_PORT_8080_TCP_ADDR`]: '10.96.0.12',
  })

  test('say nothing, also where the service is called hearth', () => {
    const { config, problems, notes } = load({ ...links('HEARTH'), ...links('HEARTH_METRICS') })
    expect([...problems, ...notes]).toEqual([])
    expect(config.port).toBe(8080)
  })

  test('hide nothing that somebody wrote himself', () => {
    expect(load({ ...links('HEARTH'), HEARTH_PORT: '9000' }).config.port).toBe(9000)
    expect(load({ HEARTH_SERVICE_PORT: '9000' }).problems).toHaveLength(1)
    expect(load({ HEARTH_PORT: '9000', HEARTH_PROT: '1' }).problems).toHaveLength(1)
    expect(load({ HEARTH_PORT: 'http://x' }).problems).toHaveLength(1)
  })
})
