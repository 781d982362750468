import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../run.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'

const isThere = Boolean(Bun.which('prometheus') && Bun.which('promtool'))
const key = 'sk-test-prometheus-0123456789'
const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }

/** Prometheus of the distribution, scraping every second. */
async function startPrometheus(target: string, folder: string) {
  const config = join(folder, 'prometheus.yml')
  const scrape = {
    job_name: 'hearth',
    scrape_interval: '1s',
    authorization: { credentials: key },
    static_configs: [{ targets: [new URL(target).host] }],
  }
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ scrape_configs: [scrape] }))
  const parameters = [`--config.file=${config}`, `--storage.tsdb.path=${folder}/data`]
  const child = spawn('prometheus', [...parameters, '--web.listen-address=127.0.0.1:0', '--log.format=json'])
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (bytes: Uint8Array) => {
      said += new TextDecoder().decode(bytes)
      const port = /"address":"127\.0\.0\.1:([1-9]\d*)"/.exec(said)?.[1]
      if (port && said.includes('Server is ready')) resolve(`http://127.0.0.1:${port}`)
    })
    child.once('close', () => reject(new Error(`Prometheus ended before it was ready.\n${said}`)))
  })
  return {
    /** The value of a query, once it is the expected one or has not become it for too long. */
    async reaches(query: string, expected: number): Promise<number> {
      let value = Number.NaN
      for (const patience = AbortSignal.timeout(20_000); value !== expected && !patience.aborted; ) {
        const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`)
        const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } }
        value = Number(data.result[0]?.value[1] ?? Number.NaN)
        if (value !== expected) await Bun.sleep(200)
      }
      return value
    },
    async stop() {
      child.kill('SIGTERM')
      await gone
    },
  }
}

describe.skipIf(!isThere)(`Prometheus${isThere ? '' : ' (skipped: it is not installed)'}`, () => {
  let hearth: Hearth
  let folder = ''
  const post = (path: string, body: object) =>
    fetch(hearth.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hearth-prometheus-'))
    const environment = { PATH: process.env.PATH ?? '', HOME: folder, HEARTH_HOME: folder, ALLOWED_API_KEYS: key }
    hearth = await startHearth({ environment })
  }, 60_000)
  afterAll(async () => {
    await hearth?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('reads what the server has done, and has the numbers that its clients were told', async () => {
    const used = { prompt: 0, completion: 0 }
    for (const text of ['Say hi.', 'Say hi.', 'Count to three.']) {
      const answer = await post('/v1/chat/completions', {
        messages: [{ role: 'user', content: text }],
        max_tokens: 8,
        temperature: 0,
      })
      const { usage } = (await answer.json()) as { usage: Record<string, number> }
      used.prompt += usage.prompt_tokens ?? 0
      used.completion += usage.completion_tokens ?? 0
    }
    const stream = await post('/v1/chat/completions', {
      messages: [{ role: 'user', content: 'Go on.' }],
      max_tokens: 8,
      stream: true,
      stream_options: { include_usage: true },
    })
    const usage = /"usage":(\{[^}]*)/.exec(
      (await stream.text()).split('\n').findLast((line) => line.includes('"usage":{')) ?? '',
    )
    used.prompt += Number(/"prompt_tokens":(\d+)/.exec(usage?.[1] ?? '')?.[1])
    used.completion += Number(/"completion_tokens":(\d+)/.exec(usage?.[1] ?? '')?.[1])
    const vectors = await post('/v1/embeddings', { input: ['a cat', 'a dog on a roof'] })
    const embedded = ((await vectors.json()) as { usage: { prompt_tokens: number } }).usage.prompt_tokens
    expect(
      (await post('/v1/chat/completions', { model: 'absent\n"', messages: [{ role: 'user', content: 'x' }] })).status,
    ).toBe(404)
    expect((await fetch(`${hearth.url}/nowhere`)).status).toBe(404)

    const prometheus = await startPrometheus(hearth.url, folder)
    try {
      const chat = '{model="smollm2-135m-instruct",key="given-1"}'
      const expected: readonly (readonly [string, number])[] = [
        ['sum(up)', 1],
        [`hearth_prompt_tokens_total${chat}`, used.prompt],
        [`hearth_completion_tokens_total${chat}`, used.completion],
        [`sum(hearth_generations_total${chat})`, 4],
        [`hearth_time_to_first_token_seconds_count${chat}`, 4],
        [`hearth_time_per_output_token_seconds_count${chat}`, 4],
        ['sum(hearth_requests_total{task="generation",outcome="completed"})', 4],
        ['sum(hearth_texts_total{task="embedding"})', 2],
        ['sum(hearth_text_tokens_total{task="embedding"})', embedded],
        ['sum(hearth_http_requests_total{route="/v1/chat/completions",status="200"})', 4],
        ['sum(hearth_http_requests_total{route="/v1/chat/completions",status="404",model=""})', 1],
        ['sum(hearth_http_requests_total{route="none",status="404"})', 1],
        ['sum(hearth_request_errors_total{code="model_not_found"})', 1],
        ['sum(hearth_model_load_seconds_count)', 2],
        ['hearth_models_loaded', 2],
        ['sum(hearth_model_slots_busy)', 0],
        ['count(hearth_model_memory_bytes > 1e6)', 2],
        ['count({__name__=~"hearth_.*",model=~".*absent.*"}) or vector(0)', 0],
      ]
      for (const [query, value] of expected)
        expect([query, await prometheus.reaches(query, value)]).toEqual([query, value])
    } finally {
      await prometheus.stop()
    }
  }, 110_000)

  test('finds nothing to say about how the metrics are named and written', async () => {
    const answer = await fetch(`${hearth.url}/metrics`, { headers })
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const file = join(folder, 'metrics.txt')
    writeFileSync(file, await answer.text())
    const { code, output } = await run(['sh', '-c', `promtool check metrics < ${file}`])
    expect([code, output]).toEqual([0, ''])
  }, 30_000)

  test('has to bring a key', async () => {
    expect((await fetch(`${hearth.url}/metrics`)).status).toBe(401)
  })
})
