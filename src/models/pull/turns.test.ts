import { expect, test } from 'bun:test'
import { Turns } from './turns.ts'

const signal = () => new AbortController().signal

test('lets so many begin, and the others in their order', async () => {
  const turns = new Turns(2)
  const began: string[] = []
  const waited: string[] = []
  const take = async (name: string) => {
    const turn = await turns.take(signal(), () => waited.push(name))
    began.push(name)
    return turn
  }
  const [one, two] = await Promise.all([take('one'), take('two')])
  const others = [take('three'), take('four')] as const
  await Promise.resolve()
  expect([began, waited]).toEqual([
    ['one', 'two'],
    ['three', 'four'],
  ])
  two?.[Symbol.dispose]()
  two?.[Symbol.dispose]()
  const three = await others[0]
  expect(began).toEqual(['one', 'two', 'three'])
  three[Symbol.dispose]()
  ;(await others[1])[Symbol.dispose]()
  one?.[Symbol.dispose]()
  const waitedBefore = waited.length
  const [left, right] = await Promise.all([take('five'), take('six')])
  expect(waited).toHaveLength(waitedBefore)
  left?.[Symbol.dispose]()
  right?.[Symbol.dispose]()
})

test('whoever leaves the queue holds nobody up', async () => {
  const turns = new Turns(1)
  const first = await turns.take(signal())
  const leaving = new AbortController()
  const second = turns.take(leaving.signal).catch((error: unknown) => error)
  const third = turns.take(signal())
  leaving.abort(new Error('gone'))
  expect(await second).toMatchObject({ message: 'gone' })
  first[Symbol.dispose]()
  ;(await third)[Symbol.dispose]()
  const none = turns.take(AbortSignal.abort(new Error('before'))).catch((error: unknown) => error)
  expect(await none).toMatchObject({ message: 'before' })
})
