import { readdirSync, readFileSync } from 'node:fs'
import process from 'node:process'
import type { Reading, ReadMetric } from './metric-table.ts'

/** This process, by the names that Prometheus' own clients give it. What the system does not tell is left out. */
export function processReadings(): readonly Reading[] {
  const { user, system } = process.cpuUsage()
  return [
    { name: 'process_cpu_seconds_total', value: (user + system) / 1e6 },
    { name: 'process_start_time_seconds', value: startedSeconds },
    { name: 'process_resident_memory_bytes', value: process.memoryUsage.rss() },
    ...read('process_open_fds', () => readdirSync('/proc/self/fd').length),
    ...read('process_max_fds', mostFiles),
  ]
}

const startedSeconds = Date.now() / 1000 - process.uptime()

function read(name: ReadMetric, value: () => number | undefined): readonly Reading[] {
  try {
    const found = value()
    return found === undefined ? [] : [{ name, value: found }]
  } catch {
    // Not on Linux.
    return []
  }
}

function mostFiles(): number | undefined {
  const [, most] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  return most === undefined ? undefined : Number(most)
}
