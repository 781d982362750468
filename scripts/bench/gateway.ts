import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startHearth } from '../../test/start-hearth.ts'
import type { Sample } from './measure.ts'
import { RawConnection } from './overhead-client.ts'

const streams = 16
const pieces = 400
const perSecond = 200
const question = { messages: [{ role: 'user', content: 'x' }], stream: true }

/**
 * What Hearth adds to each piece of a stream that it passes on: pieces say when a server on this machine sent them, and are
 * read straight from it and through Hearth, with as many streams at once. The server, Hearth and the client share its cores.
 */
export async function gatewaySamples(): Promise<readonly Sample[]> {
  await using upstream = await startUpstream()
  const folder = mkdtempSync(join(tmpdir(), 'hearth-gateway-'))
  const config = join(folder, 'config.yaml')
  writeFileSync(config, JSON.stringify({ providers: [{ name: 'fake', base_url: `${upstream.url}/v1` }] }))
  try {
    await using hearth = await startHearth({ flags: ['--config', config, '--no-preload', '--log-level', 'warn'] })
    const samples: Sample[] = []
    for (const pace of ['together', 'apart'] as const)
      samples.push(...samplesOf(pace, await sideBySide(pace, [upstream.url, hearth.url])))
    return samples
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Whether the pieces of all streams are sent at the same moments, as a server does that computes them in one batch. */
type Pace = 'together' | 'apart'

function samplesOf(pace: Pace, [direct, through]: readonly [number[], number[]]): Sample[] {
  const name = `${streams} streams of ${perSecond} pieces/s, ${pace}`
  const values = (share: number) => [at(direct, share), at(through, share)] as const
  return (
    [
      [0.5, 'median'],
      [0.99, '99th percentile'],
    ] as const
  ).flatMap(([share, word]) => {
    const [straight, passed] = values(share)
    return [
      { name: `${name}: straight from the server, ${word}`, unit: 'ms', value: straight },
      { name: `${name}: through Hearth, ${word}`, unit: 'ms', value: passed },
      { name: `${name}: added, ${word}`, unit: 'ms', value: passed - straight },
    ]
  })
}

const at = (sorted: readonly number[], share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN

/** Each after a round that nobody counts, and by turns, so that what else the machine does meets both. */
async function sideBySide(pace: Pace, urls: readonly [string, string]): Promise<readonly [number[], number[]]> {
  const found: [number[], number[]] = [[], []]
  for (const measures of [false, true, true])
    for (const [place, url] of urls.entries()) {
      const delays = await ask(url, pace, measures)
      found[place === 0 ? 0 : 1].push(...delays)
    }
  for (const delays of found) delays.sort((left, right) => left - right)
  return found
}

async function ask(url: string, pace: Pace, measures: boolean): Promise<readonly number[]> {
  const clients = await Promise.all(Array.from({ length: streams }, () => RawConnection.open(url)))
  const body = { ...question, model: `fake/${pace}` }
  const answers = await Promise.all(clients.map((client) => client.ask(body, { measures })))
  for (const client of clients) client.close()
  const missing = answers.filter((answer) => answer.pieces !== pieces).length
  if (missing > 0) throw new Error(`${missing} of ${streams} streams were not whole.`)
  return answers.flatMap(({ delays }) => delays)
}

async function startUpstream() {
  const file = join(import.meta.dir, 'gateway-upstream.ts')
  const child = spawn(process.execPath, [file, String(pieces), String(perSecond)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    url: String(line).trim(),
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await once(child, 'close')
    },
  }
}
