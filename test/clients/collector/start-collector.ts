import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CollectedSpan, readSpans } from './read-spans.ts'

/** A collector that takes OTLP over HTTP on a port of 127.0.0.1. */
export interface Collector {
  readonly url: string
  /** The spans that have come, once there is one of this name. Rejects when there is none for too long. */
  until(name: string): Promise<readonly CollectedSpan[]>
  /** Everything that it has written. */
  said(): string
  stop(): Promise<void>
}

export async function startCollector(program: string): Promise<Collector> {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-collector-'))
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0', include_metadata: true } } } },
    exporters: { debug: { verbosity: 'detailed', use_internal_logger: false } },
    service: {
      pipelines: { traces: { receivers: ['otlp'], exporters: ['debug'] } },
      telemetry: { metrics: { level: 'none' }, logs: { encoding: 'json' } },
    },
  }
  // JSON is YAML.
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config))
  const child = spawn(program, ['--config', join(folder, 'config.yaml')])
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const listeners = new Set<() => void>()
  let said = ''
  const hear = (bytes: Uint8Array) => {
    said += new TextDecoder().decode(bytes)
    for (const listener of [...listeners]) listener()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const heard = <Result>(look: () => Result | undefined) =>
    new Promise<Result>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`The collector has not heard of it.\n${said}`)), 30_000)
      const listener = () => {
        const result = look()
        if (result === undefined) return
        clearTimeout(timer)
        listeners.delete(listener)
        resolve(result)
      }
      listeners.add(listener)
      listener()
    })
  const port = await heard(() =>
    said.includes('Everything is ready') ? /"endpoint":"127\.0\.0\.1:(\d+)"/.exec(said)?.[1] : undefined,
  )
  return {
    // By its name: whoever starts a server looks for the first address with a number in what it says.
    url: `http://localhost:${port}`,
    until(name) {
      return heard(() => {
        const spans = readSpans(said)
        return spans.some((span) => span.name === name) ? spans : undefined
      })
    },
    said: () => said,
    async stop() {
      child.kill('SIGTERM')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
