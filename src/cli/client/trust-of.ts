import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Trust } from './send-request.ts'

/**
 * What a client has to trust to reach the server that has the certificate in this file, on whatever address of this machine;
 * nothing where the file cannot be read.
 */
export async function trustOf(path: string): Promise<Trust | undefined> {
  try {
    const pem = await readFile(path, 'utf8')
    const { subjectAltName = '' } = new X509Certificate(pem)
    const name = /DNS:([^,\s]+)/.exec(subjectAltName)?.[1]?.replace('*', 'hearth')
    return { ca: [pem], ...(name !== undefined && { name }) }
  } catch {
    return undefined
  }
}
