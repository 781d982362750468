import process from 'node:process'
import { fileURLToPath } from 'node:url'

/** How to start this program once more: the executable itself, or what runs it and its first file. */
export function ownCommand(): readonly [string, ...string[]] {
  if (isCompiled()) return [process.execPath]
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  if ('Deno' in globalThis) return [process.execPath, 'run', '--allow-all', main]
  return [process.execPath, main]
}

/** Whether this is the compiled executable, and not the source run by Bun or Deno. */
export function isCompiled(): boolean {
  return import.meta.url.includes('/$bunfs/') || import.meta.url.includes('/~BUN/')
}

/** Variables that turn a Bun executable into something else, or feed it options; nothing that we start may see them. */
export const dangerousVariables = ['BUN_BE_BUN', 'BUN_OPTIONS', 'NODE_OPTIONS', 'DENO_V8_FLAGS'] as const
