import { expect, test } from 'bun:test'
import { SeededRandom } from '../../test/seeded-random.ts'
import { affine, leastBusy } from './balance.ts'

const idle = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ address: `http://10.0.0.${at}:8080/v1`, busy: 0 }))
const prompts = (count: number) =>
  Array.from({ length: count }, (_, at) => `You are a helpful assistant of the company number ${at}.`)

test('takes the address that does the least, and any of several', () => {
  const choices = [
    { address: 'a', busy: 2 },
    { address: 'b', busy: 1 },
    { address: 'c', busy: 1 },
  ]
  expect([0, 0.49, 0.5, 0.999].map((chance) => leastBusy(choices, chance))).toEqual(['b', 'b', 'c', 'c'])
  expect(leastBusy([], 0)).toBeUndefined()
})

test('prompts that begin alike go to one address, whatever order the addresses stand in', () => {
  const choices = idle(5)
  const long = 'x'.repeat(1024)
  expect(affine(choices, `${long}one`)).toBe(affine(choices.toReversed(), `${long}two`))
  expect(affine([], 'a')).toBeUndefined()
})

test('spreads prompts over all addresses', () => {
  const counts = new Map<string | undefined, number>()
  for (const prompt of prompts(5000)) {
    const address = affine(idle(5), prompt)
    counts.set(address, (counts.get(address) ?? 0) + 1)
  }
  // A thousand each; four deviations are 113.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(113)
  expect(counts.size).toBe(5)
})

test('when an address goes, only its prompts change their place', () => {
  const all = idle(6)
  const gone = all[2]
  for (const prompt of prompts(1000)) {
    const before = affine(all, prompt)
    const after = affine(
      all.filter((each) => each !== gone),
      prompt,
    )
    if (before !== gone?.address) expect(after).toBe(before)
    else expect(after).not.toBe(before)
  }
})

test('no address is ever much busier than the others, however alike the prompts are', () => {
  const random = new SeededRandom(7)
  for (let run = 0; run < 300; run++) {
    const choices = idle(random.between(1, 8)).map((each) => ({ ...each }))
    const kinds = prompts(random.between(1, 4))
    for (let step = 0; step < 100; step++) {
      const ending = random.chance(0.4) ? choices.find(({ busy }) => busy > 0) : undefined
      if (ending) {
        ending.busy--
        continue
      }
      const address = affine(choices, random.pick(kinds))
      const chosen = choices.find((each) => each.address === address)
      if (!chosen) throw new Error('Every request has a place')
      chosen.busy++
      const total = choices.reduce((sum, { busy }) => sum + busy, 0)
      expect(chosen.busy).toBeLessThanOrEqual(Math.ceil((1.25 * total) / choices.length))
    }
  }
})
