import { serveBun } from './serve-bun.ts'
import { serveDeno } from './serve-deno.ts'
import type { ServeCall, WebServer } from './web-server.ts'

/**
 * Listens for HTTP, with what the program that runs us offers. Throws `ListenError`, with the port and what to do,
 * when the address cannot be had.
 */
export function serve(call: ServeCall): WebServer {
  return 'Bun' in globalThis ? serveBun(call) : serveDeno(call)
}
