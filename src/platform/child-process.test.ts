import { describe, expect, test } from 'bun:test'
import { spawnProcess } from './child-process.ts'
import { spawnBun } from './child-process-bun.ts'
import { spawnNode } from './child-process-node.ts'

const shell = (script: string) => ['/bin/sh', '-c', script] as const

function start(spawn: typeof spawnProcess, command: readonly [string, ...string[]]) {
  const heard = { output: '', error: '', message: '' }
  const decoder = new TextDecoder()
  const child = spawn({
    command,
    environment: { WORD: 'given' },
    onOutput: (bytes) => {
      heard.output += decoder.decode(bytes)
    },
    onErrorOutput: (bytes) => {
      heard.error += decoder.decode(bytes)
    },
    onMessage: (bytes) => {
      heard.message += decoder.decode(bytes)
    },
  })
  return { child, heard }
}

for (const spawn of [spawnBun, spawnNode])
  describe.skipIf(process.platform === 'win32')(`a process of ${spawn.name}`, () => {
    test('has been heard to its last byte when it is gone', async () => {
      const { child, heard } = start(spawn, shell('read line; echo $WORD $line; echo oh >&2; exit 3'))
      child.write('a line\n')
      expect(await child.gone).toBe('exit code 3')
      expect(heard).toEqual({ output: 'given a line\n', error: 'oh\n', message: '' })
    })

    test('ends with its input, and may be written to after that', async () => {
      const { child, heard } = start(spawn, shell('cat'))
      child.write('x'.repeat(1_000_000))
      child.endInput()
      expect(await child.gone).toBe('exit code 0')
      expect(heard.output.length).toBe(1_000_000)
      child.write('too late')
      child.endInput()
      child.kill()
    })

    test('that is killed says so', async () => {
      const { child } = start(spawn, shell('kill -9 $$'))
      expect(await child.gone).toBe('signal SIGKILL')
      const other = start(spawn, shell('exec cat')).child
      other.kill()
      expect(await other.gone).toBe('signal SIGKILL')
    })

    test('that cannot be started is gone at once, and says why', async () => {
      const { child } = start(spawn, ['/nowhere/program'])
      child.write('nobody')
      child.kill()
      expect(child.processId).toBeUndefined()
      expect(await child.gone).toStartWith('it could not be started: ')
    })
  })

test.skipIf(process.platform === 'win32')('under Bun a process has a descriptor more to speak by', async () => {
  const { child, heard } = start(spawnProcess, shell('echo said >&3'))
  expect(child.messageDescriptor).toBe(3)
  expect(await child.gone).toBe('exit code 0')
  expect(heard).toEqual({ output: '', error: '', message: 'said\n' })
})
