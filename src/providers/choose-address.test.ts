import { expect, test } from 'bun:test'
import { createFakeWorld } from '../../test/fakes/fake-world.ts'
import { Address } from './address.ts'
import { chooseAddress, type Wanted } from './choose-address.ts'

const world = createFakeWorld()
const three = () => ['http://a/v1', 'http://b/v1', 'http://c/v1'].map((url) => new Address(url, world))
const choose = (addresses: readonly Address[], wanted: Partial<Wanted> = {}) =>
  chooseAddress(addresses, { balance: 'least-busy', tried: new Set(), chance: 0, ...wanted })?.url

function breakDown(address: Address | undefined): void {
  for (let number = 0; number < 5; number++) {
    const visit = address?.enter()
    visit?.fail('gone')
    visit?.leave()
  }
}

test('goes where the least is done', () => {
  const addresses = three()
  addresses[0]?.enter()
  addresses[1]?.enter()
  expect(choose(addresses)).toBe('http://c/v1')
})

test('goes elsewhere after a failure, and to the same where there is nothing else', () => {
  const [one, two, three_] = three()
  if (!one || !two || !three_) throw new Error('There are three')
  expect(choose([one, two, three_], { tried: new Set([one, two]) })).toBe('http://c/v1')
  expect(choose([one], { tried: new Set([one]) })).toBe('http://a/v1')
})

test('leaves those alone that are kept off, and tries them when their time has come', () => {
  const addresses = three()
  breakDown(addresses[0])
  breakDown(addresses[1])
  expect(choose(addresses)).toBe('http://c/v1')
  breakDown(addresses[2])
  expect(choose(addresses)).toBeUndefined()
  world.pass(5000)
  const tried = addresses[0]?.enter()
  expect(choose(addresses)).toBe('http://b/v1')
  tried?.answer()
  tried?.succeed()
  tried?.leave()
})

test('prefers those that look well', () => {
  const addresses = three()
  addresses[0]?.noteHealth('ill')
  addresses[1]?.noteHealth('ill')
  expect(choose(addresses)).toBe('http://c/v1')
  addresses[2]?.noteHealth('ill')
  expect(choose(addresses)).toBe('http://a/v1')
})

test('prompts that begin alike go to one address where that is the balance', () => {
  const addresses = three()
  const first = choose(addresses, { balance: 'prefix', prefix: 'You are a pirate.' })
  for (const chance of [0, 0.3, 0.6, 0.9])
    expect(choose(addresses, { balance: 'prefix', prefix: 'You are a pirate.', chance })).toBe(first as string)
  const all = new Set(Array.from({ length: 50 }, (_, at) => choose(addresses, { balance: 'prefix', prefix: `${at}` })))
  expect(all.size).toBe(3)
})

test('a trial that tells nothing does not free another one', () => {
  const [address] = three()
  if (!address) throw new Error('There are three')
  breakDown(address)
  world.pass(5000)
  const early = address.enter()
  early.answer()
  early.succeed()
  breakDown(address)
  world.pass(5000)
  expect(address.admission).toBe('try')
  address.enter()
  early.leave()
  expect(address.admission).toBe('no')
})

test('one that comes although its address is kept off leaves it to be tried by the next', () => {
  const [address] = three()
  if (!address) throw new Error('There are three')
  breakDown(address)
  address.enter().leave()
  world.pass(5000)
  expect(address.admission).toBe('try')
})
