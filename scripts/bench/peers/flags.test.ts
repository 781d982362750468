import { describe, expect, test } from 'bun:test'
import { demandCases, FlagProblem, isChosen, readFlags } from './flags.ts'

const here = import.meta.path
const read = (argv: readonly string[], environment = {}, defaultServer = '/nowhere/llama-server') =>
  readFlags(argv, { environment, defaultServer })

/** What a refused command line is told. */
function refusal(argv: readonly string[], environment = {}): string {
  try {
    read(argv, environment)
  } catch (error) {
    if (error instanceof FlagProblem) return error.message
    throw error
  }
  throw new Error('It was not refused.')
}

describe('flags', () => {
  test('say what to measure; the rest is by default', () => {
    expect(read(['--llama-server', here])).toEqual({
      llamaServer: here,
      executable: undefined,
      modelsFolder: undefined,
      rounds: 7,
      cases: [],
      json: undefined,
      force: false,
    })
    const argv = ['--rounds', '3', '--cases', 'decode,prompt-512', '--models', import.meta.dir, '--json', '/tmp/a.json']
    expect(read([...argv, '--executable', here, '--force', '--llama-server', here])).toMatchObject({
      executable: here,
      modelsFolder: import.meta.dir,
      rounds: 3,
      cases: ['decode', 'prompt-512'],
      json: '/tmp/a.json',
      force: true,
    })
  })

  test('find llama-server by the flag, then by the environment, then where it is built', () => {
    const folder = import.meta.dir
    expect(read(['--llama-server', here], { LLAMA_SERVER: folder }, folder).llamaServer).toBe(here)
    expect(read([], { LLAMA_SERVER: here }, folder).llamaServer).toBe(here)
    expect(read([], {}, here).llamaServer).toBe(here)
  })

  test('without llama-server say how it is built', () => {
    expect(refusal([])).toContain('sh scripts/bench/build-llama-server.sh')
  })

  test('that name no file are refused by their names', () => {
    expect(refusal(['--llama-server', '/nowhere'])).toBe('--llama-server: there is no /nowhere.')
    expect(refusal([], { LLAMA_SERVER: '/nowhere' })).toBe('LLAMA_SERVER: there is no /nowhere.')
    expect(refusal(['--llama-server', here, '--executable', '/nowhere'])).toBe('--executable: there is no /nowhere.')
    expect(refusal(['--llama-server', here, '--models', '/nowhere'])).toBe('--models: there is no /nowhere.')
  })

  test('that make no sense are refused', () => {
    for (const rounds of ['0', '1.5', 'many']) {
      expect(refusal(['--rounds', rounds])).toBe(`--rounds must be a whole number from 1 on, not '${rounds}'.`)
    }
    expect(refusal(['--case', 'decode'])).toContain('--case')
  })
})

describe('cases', () => {
  test('are chosen by their ids or the first words of them, or all', () => {
    expect(isChosen([], 'decode-1')).toBe(true)
    expect(isChosen(['prompt', 'decode'], 'decode-1')).toBe(true)
    expect(isChosen(['decode-1'], 'decode-1')).toBe(true)
    expect(isChosen(['decode-1'], 'decode-16')).toBe(false)
    expect(isChosen(['1'], 'decode-1')).toBe(false)
  })

  test('that are misspelt are refused, with those that there are', () => {
    expect(() => demandCases(['decode', 'promt'], ['decode-1', 'prompt-512'])).toThrow(
      "--cases: there is no 'promt'. There are decode-1, prompt-512.",
    )
    expect(() => demandCases(['decode', 'prompt'], ['decode-1', 'prompt-512'])).not.toThrow()
  })
})
