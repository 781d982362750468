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
    const [direct, through] = await sideBySide(upstream.url, hearth.url)
    return [
      ...samplesOf('straight from the server', direct),
      ...samplesOf('through Hearth', through),
      { name: `${name}: added by Hearth, median`, unit: 'ms', value: at(through, 0.5) - at(direct, 0.5) },
      { name: `${name}: the same, 99th percentile`, unit: 'ms', value: at(through, 0.99) - at(direct, 0.99) },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const name = `${streams} streams of ${perSecond} pieces/s`

const samplesOf = (what: string, delays: readonly number[]): Sample[] => [
  { name: `${name}, ${what}: from the server to the client, median`, unit: 'ms', value: at(delays, 0.5) },
  { name: `${name}, ${what}: the same, 99th percentile`, unit: 'ms', value: at(delays, 0.99) },
]

const at = (sorted: readonly number[], share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN

/** Each after a round that nobody counts, and by turns, so that what else the machine does meets both. */
async function sideBySide(direct: string, through: string): Promise<readonly [number[], number[]]> {
  const found: [number[], number[]] = [[], []]
  for (const measures of [false, true, true])
    for (const [place, url] of [direct, through].entries()) {
      const delays = await ask(url, measures)
      found[place === 0 ? 0 : 1].push(...delays)
    }
  for (const delays of found) delays.sort((left, right) => left - right)
  return found
}

async function ask(url: string, measures: boolean): Promise<readonly number[]> {
  const clients = await Promise.all(Array.from({ length: streams }, () => RawConnection.open(url)))
  const body = { ...question, model: 'fake/fake' }
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
