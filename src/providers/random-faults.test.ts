import { expect, test } from 'bun:test'
import { chatCall, openProvider, textOf } from '../../test/conformance/provider-under-test.ts'
import { type Fault, startFakeUpstream } from '../../test/fakes/fake-upstream.ts'
import { busyAnswer, pageAnswer } from '../../test/fakes/upstream-shapes.ts'
import { SeededRandom } from '../../test/seeded-random.ts'
import { ServerError } from '../core/errors.ts'

const faults: readonly (Fault | 'none')[] = [
  ...['none', 'none', 'none', 'reset-before-head', 'close-before-head', 'silent', 'not-http'],
  ...['reset-mid-stream', 'truncated', 'half-open', 'malformed-chunk', 'short-body', 'not-packed'],
  ...[busyAnswer('generic', '0'), busyAnswer('cerebras'), pageAnswer(500), pageAnswer(503)],
] as (Fault | 'none')[]

test('whatever servers and callers do, nothing is left: no request counts as running, and the next one is answered', async () => {
  const random = new SeededRandom(4711)
  await using other = await startFakeUpstream({ kind: 'cerebras' })
  await using one = await startFakeUpstream()
  await using open = await openProvider(
    { name: 'custom', kind: 'generic' },
    { wish: { addresses: [one.url, other.url], firstByteSeconds: 0.05, idleSeconds: 0.05, healthSeconds: 3600 } },
  )
  const calls = Array.from({ length: 400 }, async () => {
    const fault = random.pick(faults)
    if (fault !== 'none') random.pick([one, other]).fail(fault)
    const leaving = new AbortController()
    const [leavesAfter, isStreamed] = [random.chance(0.3) ? random.between(0, 20) : undefined, random.chance(0.5)]
    const cancels = random.chance(0.1)
    if (leavesAfter !== undefined) setTimeout(() => leaving.abort(new Error('left')), leavesAfter)
    await new Promise((resolve) => setTimeout(resolve, random.between(0, 300)))
    // So that breakers, which open all the time here, let somebody through again.
    open.world.pass(random.between(0, 20_000))
    try {
      const answer = await open.provider.send(chatCall({ isStreamed, signal: leaving.signal }))
      if (cancels) answer.body.cancel()
      else await textOf(answer)
      return 'answered'
    } catch (error) {
      if (error instanceof ServerError) return error.code
      expect((error as Error).message).toBe('left')
      return 'left'
    }
  })
  const ends = new Set(await Promise.all(calls))
  for (const end of ['answered', 'left', 'upstream_failed', 'upstream_broken', 'upstream_timeout'])
    expect(ends).toContain(end)
  expect(open.provider.status().map(({ busy }) => busy)).toEqual([0, 0])
  open.world.pass(120_000)
  for (const upstream of [one, other]) upstream.forget()
  expect(await textOf(await open.provider.send(chatCall()))).toContain('Good day.')
})
