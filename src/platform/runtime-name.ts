import process from 'node:process'

/** What runs this program, with its version: `bun 1.4.5`, `deno 2.9.6`. */
export function runtimeName(): string {
  const { bun, deno, node } = process.versions
  if (bun) return `bun ${bun}`
  return deno ? `deno ${deno}` : `node ${node}`
}
