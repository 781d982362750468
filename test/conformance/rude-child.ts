import { readFrames } from '../../src/runtimes/isolated/child-channel.ts'
import type { FromChild } from '../../src/runtimes/isolated/frames.ts'

// A child process that loads a model and then breaks the rules, in the way that its argument names.
const manner = process.argv[2]
const write = (line: string) => process.stdout.write(`${line}\n`)
const send = (frame: FromChild) => write(JSON.stringify(frame))
const facts = { contextSize: 64, slots: 4, threads: 1, gpuLayers: 0, device: 'fake', notes: [] }

readFrames(
  (frame) => {
    if (frame.type === 'load') {
      if (manner === 'never loads') return
      write('a library says hello')
      if (manner === 'tells its room') send({ type: 'log', level: 'debug', message: JSON.stringify(frame.room) })
      send({ type: 'load-end', facts, abilities: ['generate', 'embed'] })
    } else if (frame.type === 'generate') {
      send({ type: 'generation-events', events: [[frame.id, { type: 'text-delta', text: 'so far' }]] })
      if (manner === 'broken frame') write('{"type":"generation-ev')
      if (manner === 'frame without fields') write('{"type":"generation-events"}')
      if (manner === 'new facts') send({ type: 'facts', facts: { ...facts, draft: { state: 'resting' } } })
    } else if (frame.type === 'cancel' && manner === 'answers when cancelled') {
      send({ type: 'answer', id: frame.id, answer: 'too late' })
    }
  },
  () => process.exit(0),
)
