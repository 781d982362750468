// Loaded before a server whose memory is measured: on SIGUSR2 it collects its garbage, and says so on standard error.
import { heapStats } from 'bun:jsc'

process.on('SIGUSR2', () => {
  Bun.gc(true)
  Bun.gc(true)
  process.stderr.write(`collected ${JSON.stringify({ objects: heapStats().objectCount })}\n`)
})
