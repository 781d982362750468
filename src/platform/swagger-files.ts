import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

/** The files of Swagger UI that its page needs. */
export type SwaggerFile = 'swagger-ui.css' | 'swagger-ui-bundle.js' | 'favicon-32x32.png'

/** Reads a file of Swagger UI: from the executable where we are one, else from the package. No network is used. */
export async function readSwaggerFile(name: SwaggerFile): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(await pathOf(name)))
}

async function pathOf(name: SwaggerFile): Promise<string> {
  const { swaggerPaths } = 'Bun' in globalThis ? await import('./swagger-files-bun.ts') : { swaggerPaths: {} }
  return swaggerPaths[name] ?? createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`)
}
