import { expect, test } from 'bun:test'
import { FolderProblem, folderProblem } from './folder-problem.ts'

const system = (code: string) => Object.assign(new Error(`${code}: as the system says it`), { code })

test.each([
  [system('ENOSPC'), 'no room left'],
  [system('EACCES'), 'may not write'],
  [system('ENOTDIR'), 'a file'],
  // As Bun's bundler says it.
  [
    new AggregateError([new Error('failed to rename /p/.80.bun-build to hearth-linux-x64: ENOSPC')], 'Bundle failed'),
    'no room left',
  ],
  [
    new AggregateError([new Error('failed to write compiled executable hearth-linux-x64')], 'Bundle failed'),
    'see above',
  ],
])('%s', (error, told) => {
  const problem = folderProblem(error, '/out')
  expect(problem).toBeInstanceOf(FolderProblem)
  expect((problem as Error).message).toStartWith('/out cannot be written to: ')
  expect((problem as Error).message).toContain(told)
})

test('what is no problem of the folder stays as it is', () => {
  for (const error of [
    new Error('a bug'),
    system('ENOENT'),
    new AggregateError([new Error('no such import')]),
    'text',
  ]) {
    expect(folderProblem(error, '/out')).toBe(error)
  }
})
