import { afterAll, beforeAll, expect, test } from 'bun:test'
import { growthOf } from '../holdings.ts'
import { type EdgeServer, startEdgeServer } from './edge-server.ts'
import { edgeCases, runCases, runDamaged, runDepartures, runSplits } from './fuzz-edge.ts'

// What a process holds is read from /proc.
const isLinux = process.platform === 'linux'
let server: EdgeServer
beforeAll(async () => {
  server = await startEdgeServer()
})
afterAll(() => server[Symbol.asyncDispose]())

test('whatever is sent gets an honest answer or none, and hides no second request', async () => {
  expect(await runCases(server.port, edgeCases)).toEqual([])
})

test('a request is the same wherever it is parted', async () => {
  expect(await runSplits(server.port)).toEqual([])
})

test('a thousand damaged requests, each the same for its seed, break nothing', async () => {
  expect(await runDamaged(server.port, { first: 1, count: 1000 })).toEqual([])
})

test('clients that leave at any point break nothing', async () => {
  expect(await runDepartures(server.port, 600)).toEqual([])
})

test.skipIf(!isLinux)(
  'after all of it again the server holds no more memory, objects and files than before',
  async () => {
    const before = await server.settled()
    const problems = [
      ...(await runCases(server.port, edgeCases)),
      ...(await runSplits(server.port)),
      ...(await runDamaged(server.port, { first: 1001, count: 2000 })),
      ...(await runDepartures(server.port, 1200)),
    ]
    expect(problems).toEqual([])
    expect(growthOf(before, await server.settled())).toEqual([])
  },
)

test('nothing of it is an error or a bug for the server', () => {
  const lines = server.log().split('\n')
  expect(lines.filter((line) => /"level":"error"|unhandled|This is a bug|TypeError|RangeError/.test(line))).toEqual([])
})
