import type { Address } from './address.ts'
import { affine, leastBusy } from './balance.ts'

/** What the choice between addresses looks at. */
export interface Wanted {
  readonly balance: 'least-busy' | 'prefix'
  readonly prefix?: string | undefined
  /** Those that this very request has failed at. */
  readonly tried: ReadonlySet<Address>
  readonly chance: number
}

/**
 * Where a request goes: to an address that is not kept off; to one that it has not failed at, and to one that looks well, as far as
 * there are such, and that have not said that they have too much to do. One whose turn has come to be tried again gets the next request, unless it looks ill. Undefined:
 * all are kept off. Pure.
 */
export function chooseAddress(
  addresses: readonly Address[],
  { balance, prefix, tried, chance }: Wanted,
): Address | undefined {
  const open = addresses.filter(({ admission }) => admission !== 'no')
  // Without this an address beside one that works would never be tried again.
  const trial = open.find((address) => address.admission === 'try' && !tried.has(address) && address.isHealthy)
  if (trial) return trial
  const fresh = preferred(open, (address) => !tried.has(address))
  const passing = preferred(fresh, ({ admission }) => admission === 'pass')
  const well = preferred(passing, ({ isHealthy }) => isHealthy)
  // One that refuses at once is always the one that is least busy.
  const choices = preferred(well, ({ isResting }) => !isResting).map((address) => ({ ...load(address), of: address }))
  const url = balance === 'prefix' && prefix !== undefined ? affine(choices, prefix) : leastBusy(choices, chance)
  return choices.find(({ address }) => address === url)?.of
}

const load = ({ url, busy }: Address) => ({ address: url, busy })

/** Those that do, or all where none does. */
const preferred = (addresses: readonly Address[], does: (address: Address) => boolean): readonly Address[] => {
  const some = addresses.filter(does)
  return some.length > 0 ? some : addresses
}
