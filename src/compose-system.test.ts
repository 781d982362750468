import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deviceKnown } from './compose-system.ts'

test('libraries for a GPU that cannot be opened are told at the start, with what to do', async () => {
  const nativeFolder = mkdtempSync(join(tmpdir(), 'hearth-compose-'))
  try {
    for (const name of ['llama-addon.node', 'libggml-vulkan.so']) writeFileSync(join(nativeFolder, name), '')
    const lines: string[] = []
    const native = { state: 'failed', problem: 'it lacks libvulkan.so.1', remedy: 'Install libvulkan1.' }
    const parts = {
      environment: { nativeFolder },
      system: { supportedArchitectures: async () => undefined, info: async () => ({ native }) },
      log: { warn: (line: string) => lines.push(line) },
    }
    await deviceKnown(parts as unknown as Parameters<typeof deviceKnown>[0])
    expect(lines).toEqual(['no model can run: it lacks libvulkan.so.1. Install libvulkan1.'])
  } finally {
    rmSync(nativeFolder, { recursive: true, force: true })
  }
})
