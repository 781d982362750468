import { expect, test } from 'bun:test'
import { readOtlpSettings } from './otlp-settings.ts'

const read = (variables: Record<string, string>, endpoint?: string) =>
  readOtlpSettings({ endpoint, variables, version: '1.2.3' })

test('without an endpoint, or where it is switched off, there are no traces', () => {
  expect(read({})).toEqual({ problems: [] })
  expect(read({}, '')).toEqual({ problems: [] })
  expect(read({ OTEL_SDK_DISABLED: 'TRUE' }, 'http://collector:4318')).toEqual({ problems: [] })
  expect(read({ OTEL_TRACES_EXPORTER: 'none' }, 'http://collector:4318')).toEqual({ problems: [] })
})

test('the path of traces stands behind that of the endpoint, and that of traces alone is taken as it is', () => {
  expect(read({}, 'http://collector:4318').settings?.url).toBe('http://collector:4318/v1/traces')
  expect(read({}, 'https://collector/otlp/').settings?.url).toBe('https://collector/otlp/v1/traces')
  expect(read({}, 'http://collector:4318/?tenant=a').settings?.url).toBe('http://collector:4318/v1/traces?tenant=a')
  const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://other:1/in' }
  expect(read(own, 'http://collector:4318').settings?.url).toBe('http://other:1/in')
  expect(read({}, 'collector:4318')).toEqual({
    problems: ['otlp_endpoint is no address as http://127.0.0.1:4318: no traces are sent'],
  })
})

test('another form than the one that is sent is told', () => {
  const problemsOf = (protocol: string) => read({ OTEL_EXPORTER_OTLP_PROTOCOL: protocol }, 'http://c:1').problems
  expect(['http/json', 'http/protobuf', 'grpc'].map((protocol) => problemsOf(protocol).length)).toEqual([0, 1, 1])
})

test('headers and attributes are decoded, those of traces go first, and a mistake is told without its value', () => {
  const { settings, problems } = read(
    {
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20abc%3D, x-a=1,secret',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-a=2,bad=%zz',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=home,service.name=x',
      OTEL_SERVICE_NAME: 'mine',
    },
    'http://collector',
  )
  expect(settings?.headers).toEqual({ authorization: 'Basic abc=', 'x-a': '2' })
  expect(settings?.resource).toEqual({
    'service.name': 'mine',
    'service.version': '1.2.3',
    'deployment.environment.name': 'home',
  })
  const problem = 'a part of OTEL_EXPORTER_OTLP_HEADERS is not written as name=value and is left out'
  expect(problems).toEqual([problem, problem])
})

test('a sampler that there is not, and a share that is none, are told', () => {
  const sampled = (OTEL_TRACES_SAMPLER: string, OTEL_TRACES_SAMPLER_ARG = '') =>
    read({ OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG }, 'http://collector')
  expect(sampled('traceidratio', '0.25').settings?.sampler).toEqual({ name: 'traceidratio', ratio: 0.25 })
  expect(sampled('').settings?.sampler).toEqual({ name: 'parentbased_always_on', ratio: 1 })
  expect(sampled('jaeger_remote').problems[0]).toContain('is none of always_on, always_off, traceidratio')
  expect(sampled('traceidratio', '2').problems[0]).toContain('is taken as 1')
})
