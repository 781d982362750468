import { ServerError } from '../core/errors.ts'
import type { UpstreamAnswer, UpstreamCall } from '../core/provider.ts'
import type { Address } from './address.ts'
import { type Attempt, attempt } from './attempt.ts'
import { AttemptFailure } from './attempt-failure.ts'
import { pauseBefore } from './back-off.ts'
import { chooseAddress } from './choose-address.ts'
import { isRepeatable } from './repeatable.ts'

export interface Sending extends Omit<Attempt, 'address'> {
  readonly addresses: readonly Address[]
}

/** Sends a request to one of the addresses, and again as `Provider.send` says. */
export async function send(sending: Sending): Promise<UpstreamAnswer> {
  const { call, settings, addresses, world } = sending
  const tried = new Set<Address>()
  let last: AttemptFailure | undefined
  for (let number = 0; ; number++) {
    call.signal.throwIfAborted()
    const choose = () =>
      chooseAddress(addresses, {
        balance: settings.balance,
        prefix: call.prefix,
        tried,
        chance: world.chance(),
      })
    let address = choose()
    if (address && last && tried.has(address)) {
      await pauseAfter(last, number - 1, sending)
      // Meanwhile it may have failed others so often that it is left alone.
      address = choose()
    }
    if (!address) throw last?.error ?? allKeptOff(settings.name, addresses)
    tried.add(address)
    try {
      return await attempt({ ...sending, address, isRepeated: number > 0 })
    } catch (error) {
      if (!(error instanceof AttemptFailure)) throw error
      if (number >= settings.retries || !maySendAgain(error, call)) throw error.error
      last = error
      tellOfRetry(sending, address, error)
    }
  }
}

const maySendAgain = ({ meaning }: AttemptFailure, call: UpstreamCall): boolean =>
  meaning.isPassing && (!meaning.mayBeDone || isRepeatable(call))

async function pauseAfter(failure: AttemptFailure, number: number, { world, call }: Sending): Promise<void> {
  const pause = pauseBefore(number, { asked: failure.meaning.askedSeconds, chance: world.chance() })
  if (pause === undefined) throw failure.error
  await world.wait(pause, call.signal)
}

function tellOfRetry({ log, settings, call }: Sending, address: Address, { error }: AttemptFailure): void {
  log.info('a provider is asked again', {
    provider: settings.name,
    address: address.shown,
    code: error.code,
    status: error.upstream?.status,
    request: call.requestId,
  })
}

function allKeptOff(provider: string, addresses: readonly Address[]): ServerError {
  const waits = Math.min(...addresses.map((address) => address.waits))
  const problem =
    addresses.map((address) => address.problem).find((each) => each !== undefined) ?? 'it is being tried now.'
  return new ServerError('upstream_unavailable', {
    provider,
    problem,
    retryAfterSeconds: Math.max(1, Math.ceil(waits / 1000)),
  })
}
