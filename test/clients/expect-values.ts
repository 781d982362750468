import { expect } from 'bun:test'

/** The name of a called function and its arguments. */
export type HeatingCall = readonly [name: string, heating: unknown]

/** A call of the tool that every client's tests offer, with arguments that its schema allows. */
export function expectHeating([name, heating]: HeatingCall): void {
  expect(name).toBe('set_heating')
  expectHeatingArguments(heating)
}

/** What the schema of that tool allows: a room of two, and 5 to 30 degrees. */
export function expectHeatingArguments(heating: unknown): void {
  expect(heating).toEqual({ room: expect.stringMatching(/^(kitchen|bath)$/), degrees: expect.any(Number) })
  const { degrees } = heating as { readonly degrees: number }
  expect(Number.isInteger(degrees) && degrees >= 5 && degrees <= 30, String(degrees)).toBe(true)
}

/** What the schema that every client asks for allows. */
export function expectCity(city: unknown): void {
  expect(city).toMatchObject({
    name: expect.stringMatching(/^[A-Z][a-z]{2,9}$/),
    climate: expect.stringMatching(/^(cold|mild|hot)$/),
  })
}

/** Places of documents and how well each answers `Where is the cat?`, as a client has it. */
export type Ranking = readonly (readonly [index: number, score: number])[]

/** A whole ranking of the three documents of these tests: best first, and last the second one, which is about shares. */
export function expectRanking(ranking: Ranking): void {
  const scores = ranking.map(([, score]) => score)
  expect(scores).toEqual([...scores].sort((left, right) => right - left))
  expect(ranking.map(([index]) => index).toSorted()).toEqual([0, 1, 2])
  expect(ranking.at(-1)?.[0]).toBe(1)
}
