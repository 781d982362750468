/** An address as the choice between them sees it. */
export interface Choice {
  readonly address: string
  /** Requests that it is answering. */
  readonly busy: number
}

/** How much busier than the mean an address may be before the next one takes its requests. */
const overload = 1.25

/** Those letters of a prompt that decide where it goes: as much as conversations with the same instructions share. */
const prefixLength = 1024

/** The address that is answering the fewest; `chance`, from 0 to 1, decides between equals. Undefined: there is none. Pure. */
export function leastBusy(choices: readonly Choice[], chance: number): string | undefined {
  const fewest = Math.min(...choices.map(({ busy }) => busy))
  const free = choices.filter(({ busy }) => busy === fewest)
  return free[Math.min(free.length - 1, Math.floor(chance * free.length))]?.address
}

/**
 * The address that prompts with this beginning go to, so that it finds them in its cache: the first, in an order that every
 * prefix has of its own, that is not overloaded. When an address comes or goes, only the prompts change their place that it takes
 * or had. Undefined: there is none. Pure.
 *
 * The order is rendezvous hashing: D. G. Thaler, C. V. Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", IEEE/ACM
 * Transactions on Networking 6(1), 1998. The bound: V. Mirrokni, M. Thorup, M. Zadimoghaddam, "Consistent Hashing with Bounded
 * Loads", SODA 2018.
 */
export function affine(choices: readonly Choice[], prefix: string): string | undefined {
  const total = choices.reduce((sum, { busy }) => sum + busy, 0) + 1
  const most = Math.ceil((overload * total) / choices.length)
  const key = prefix.slice(0, prefixLength)
  const ranked = choices
    .map((choice) => ({ ...choice, weight: hash(`${choice.address}\n${key}`) }))
    .sort((one, other) => other.weight - one.weight || (one.address < other.address ? -1 : 1))
  return ranked.find(({ busy }) => busy < most)?.address
}

/** 32 bits: FNV-1a, and MurmurHash3's last step, without which texts that differ at their ends only have hashes in one order. */
function hash(text: string): number {
  let mixed = 0x811c9dc5
  for (let place = 0; place < text.length; place++) mixed = Math.imul(mixed ^ text.charCodeAt(place), 0x01000193)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
