import { expect, test } from 'bun:test'
import { problemLine } from '../config/problem.ts'
import type { Command } from './command.ts'
import { parseArguments } from './parse-arguments.ts'

const command: Command = { name: 'try', summary: '', usage: '', flags: [], operands: [0, 1], run: async () => 0 }
const known = [
  { name: 'port', value: 'N', summary: '' },
  { name: 'n-gpu-layers', value: 'N', summary: '' },
  { name: 'preload', summary: '', group: 'Models' },
  { name: 'yes', short: 'y', summary: '' },
]
const parse = (...args: string[]) => parseArguments(args, { command, known })
const problemsOf = (...args: string[]) => parse(...args).problems.map(problemLine)

test('values stand behind a blank or an equals sign, may be negative or empty, and the last one holds', () => {
  expect(parse('--port', '1', '--port=2', '--n-gpu-layers', '-1').flags).toEqual({ port: '2', 'n-gpu-layers': '-1' })
  expect(parse('--port=').flags).toEqual({ port: '' })
})

test('a switch is on, off, or what it is set to', () => {
  expect(parse('--preload').flags).toEqual({ preload: 'true' })
  expect(parse('--no-preload').flags).toEqual({ preload: 'false' })
  expect(parse('--preload=false').flags).toEqual({ preload: 'false' })
})

test('a value that is missing is told, also when a flag stands in its place', () => {
  expect(problemsOf('--port')).toEqual(['--port: a value is missing: --port N'])
  expect(problemsOf('--port', '--preload')).toEqual(['--port: found the flag --preload, expected a value: --port N'])
})

test('an unknown flag is one problem, with the nearest name, and takes the value behind it along', () => {
  expect(problemsOf('--prot', '9')).toEqual(['--prot: there is no such flag; did you mean --port?'])
  expect(problemsOf('-port', '9')).toEqual(['-port: there is no such flag; did you mean --port?'])
  expect(problemsOf('--prot=9', 'one')).toEqual(['--prot: there is no such flag; did you mean --port?'])
  expect(problemsOf('--no-port')).toHaveLength(1)
  expect(problemsOf('--models', 'x')).toEqual(["--models: 'models' can stand in config.yaml only"])
  expect(problemsOf('--constructor', '--__proto__=1')).toHaveLength(2)
})

test('operands are counted, and two dashes end the flags', () => {
  expect(parse('--', '--port').operands).toEqual(['--port'])
  expect(problemsOf('a', 'b')).toEqual(['b: this is one argument too many'])
  const strict = parseArguments([], { command: { ...command, operands: [1, 1], usage: 'NAME' }, known })
  expect(strict.problems.map(problemLine)).toEqual(['an argument is missing: hearth try NAME'])
})

test('one letter stands for a switch, and of those that people know from elsewhere it says what is meant', () => {
  expect(parse('-y').flags).toEqual({ yes: 'true' })
  const strict: Command = { ...command, usage: 'MODEL [PROMPT…]', operands: [1, 2], refuses: { url: 'not here' } }
  const told = (...args: string[]) => parseArguments(args, { command: strict, known }).problems.map(problemLine)
  expect(told('m', '-ngl', '3')).toEqual(['-ngl: there is no such flag; did you mean --n-gpu-layers?'])
  expect(told('x', '-m', 'y')).toEqual([
    '-m: there is no such flag; MODEL stands without one: hearth try MODEL [PROMPT…]',
  ])
  expect(told('x', '-p', 'hi')[0]).toContain('PROMPT stands without one')
  expect(told('x', '-z')).toEqual(['-z: there is no such flag'])
  expect(told('x', '-5')).toEqual(['-5: there is no such flag; what stands behind -- is no flag'])
  expect(told('x', '--url', 'y')).toEqual(['--url: not here'])
})

test('a text that begins with a dash is no flag, wherever it stands', () => {
  expect(parse('- first point').operands).toEqual(['- first point'])
  expect(parse('--port', '-- 9').flags).toEqual({ port: '-- 9' })
  expect(parse('--', '- a b').operands).toEqual(['- a b'])
})

test('an argument that is empty is none, except for a text', () => {
  expect(problemsOf('')).toEqual(['argument 1 is empty: hearth try'])
  const texts: Command = { ...command, operands: [1, 2], takesText: true }
  expect(parseArguments(['m', ''], { command: texts, known })).toMatchObject({ operands: ['m', ''], problems: [] })
  expect(parseArguments([''], { command: texts, known }).problems).toHaveLength(1)
})

test('a switch that is set to anything else than true or false is told', () => {
  expect(problemsOf('--yes=1')).toEqual(['--yes: found the text "1", expected true or false'])
})
