import { expect, test } from 'bun:test'
import { soak } from '../../scripts/soak/soak.ts'

test.skipIf(process.platform !== 'linux')(
  'two minutes of clients that come and go, killed processes, unloads, new configurations and failing servers leave nothing behind',
  async () => {
    const report = await soak({ seconds: 105, clients: 64, killEverySeconds: 20, warmSeconds: 30 })
    expect(report.problems).toEqual([])
    expect(report.kills).toBeGreaterThanOrEqual(4)
    const ways = [...report.outcomes.keys()].map((key) => key.slice(key.indexOf(': ') + 2))
    expect(ways).toContain('answered')
    expect(ways).toContain('left')
    // The lesser key has run into its limit.
    expect(report.outcomes.has('limited key: refused rate_limited')).toBe(true)
    // Every kind of request was answered rightly at least once: otherwise nothing of it was looked at.
    const kinds = new Set([...report.outcomes.keys()].map((key) => key.slice(0, key.indexOf(': '))))
    expect([...kinds].filter((kind) => !report.outcomes.has(`${kind}: answered`))).toEqual([])
    for (const change of ['configuration', 'load', 'fault']) expect(report.changes.get(change)).toBeGreaterThan(0)
  },
  400_000,
)
