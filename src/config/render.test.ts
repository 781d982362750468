import { expect, test } from 'bun:test'
import { Value } from '@sinclair/typebox/value'
import { listKeys } from './config.ts'
import { makeEnvironment } from './environment.ts'
import { loadConfig } from './load.ts'
import { optionKeys, optionRow } from './options.ts'
import { renderSchema } from './render-schema.ts'
import { renderTable, tableMarkers, withTable } from './render-table.ts'
import { renderYaml } from './render-yaml.ts'

const load = (text: string) =>
  loadConfig({
    flags: {},
    environment: makeEnvironment({ variables: {}, platform: 'linux', home: '/home/ann', currentFolder: '/here' }),
    file: { path: '/top/config.yaml', text },
  })

test('the defaults and the examples of the table obey its schemas', () => {
  const wrong = optionKeys.filter((key) => {
    const { schema, example, shown = example, ...row } = optionRow(key)
    const values = [example, shown, ...('default' in row ? [row.default] : [])]
    return !values.every((value) => Value.Check(schema, value))
  })
  expect(wrong).toEqual([])
})

test('the commented config.yaml loads, and differs from no file in n_ctx and max_tokens only', () => {
  const { config, problems } = load(renderYaml())
  expect(problems).toEqual([])
  expect(config).toEqual({ ...load('').config, n_ctx: 2048, max_tokens: 512 })
})

test('every key is in the commented config.yaml, and loads when all of them are taken out of their comments', () => {
  const { problems, sources } = load(renderYaml().replaceAll(/^#(?![ \n])|^#(?= {2})/gm, ''))
  expect(problems).toEqual([])
  expect(optionKeys.filter((key) => sources[key]?.type !== 'file')).toEqual([])
  expect(Object.keys(sources)).toContain('models[1].kind')
  expect(Object.keys(sources)).toContain('providers[0].models.large')
  expect(Object.keys(sources)).toContain('fallbacks[0].to')
  expect(Object.keys(sources)).toContain('catalog[0].sources[1].python_package.member')
})

test('no line of config.yaml is longer than 120 characters', () => {
  expect(
    renderYaml()
      .split('\n')
      .filter((line) => line.length > 120),
  ).toEqual([])
})

test('the JSON schema describes every key and refuses others', () => {
  const schema = JSON.parse(renderSchema())
  expect(Object.keys(schema.properties)).toEqual([...optionKeys, ...listKeys])
  expect(schema.additionalProperties).toBe(false)
  expect(Object.values<{ description?: string }>(schema.properties).every(({ description }) => description)).toBe(true)
})

test('the table has a row for every key, and takes the place of what stood between the markers', () => {
  const document = `before\n${tableMarkers.start}\nold\n${tableMarkers.end}\nafter\n`
  const written = withTable(document)
  expect(written).toBe(`before\n${tableMarkers.start}\n${renderTable()}\n${tableMarkers.end}\nafter\n`)
  expect(withTable(written)).toBe(written)
  expect(renderTable().split('\n')).toHaveLength(optionKeys.length + 2 + listKeys.length)
})

test('a document without the markers is refused', () => {
  expect(() => withTable('nothing')).toThrow(tableMarkers.start)
})
