import { clearTimeout, setTimeout } from 'node:timers'
import type { Log } from '../observe/log.ts'
import type { Address } from './address.ts'

export interface HealthInput {
  readonly provider: string
  readonly addresses: readonly Address[]
  readonly seconds: number
  readonly log: Log
  /** Resolves with what is wrong with an address, or with undefined. Rejects once the signal aborts. */
  look(address: Address, signal: AbortSignal): Promise<string | undefined>
}

/** Looks at the addresses of a provider now and then, until it is disposed of. It keeps no process alive. */
export function startHealthChecks({ provider, addresses, seconds, log, look }: HealthInput): Disposable {
  const ending = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const round = async () => {
    await Promise.all(addresses.map((address) => check(address).catch(() => {})))
    if (ending.signal.aborted) return
    timer = setTimeout(() => void round(), seconds * 1000)
    timer.unref()
  }
  const check = async (address: Address) => {
    const problem = await look(address, ending.signal)
    if (ending.signal.aborted || !address.noteHealth(problem)) return
    const facts = { provider, address: address.shown }
    if (problem === undefined) log.info('an address of a provider is well again', facts)
    else log.warn('an address of a provider is not well', { ...facts, problem })
  }
  void round()
  return {
    [Symbol.dispose]() {
      ending.abort(new Error('the provider was taken away'))
      clearTimeout(timer)
    },
  }
}
