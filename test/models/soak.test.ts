import { expect, test } from 'bun:test'
import { soak } from '../../scripts/soak/soak.ts'

test.skipIf(process.platform !== 'linux')(
  'clients that come and go, and processes that are killed, leave nothing behind',
  async () => {
    const { problems, kills, outcomes } = await soak({ seconds: 12, clients: 16, killEverySeconds: 5 })
    expect(problems).toEqual([])
    expect(kills).toBeGreaterThanOrEqual(2)
    const ways = [...outcomes.keys()].map((key) => key.slice(key.indexOf(': ') + 2))
    expect(ways).toContain('answered')
    expect(ways).toContain('left')
  },
  300_000,
)
