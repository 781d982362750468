import type { ShareView, TicketId } from './view.ts'

/** What one share has had of one model. */
interface Account {
  running: number
  usedSeconds: number
  passed: number
  startedAt: TicketId
  isWaiting: boolean
}

/** More shares than that are not remembered once they have nothing running or waiting. */
export const mostRemembered = 1024

/**
 * What each share has had of one model, on a virtual clock that stands at the least of those that wait or run. Whoever
 * comes, or comes back, starts at that clock: being away earns nothing, and what was had beyond it counts until the clock
 * has come there too. When nobody waits or runs, all is forgotten.
 */
export class ShareAccounts {
  readonly #accounts = new Map<string, Account>()
  #virtualSeconds = 0
  /** Milliseconds; up to then the running slots have been counted. */
  #countedTo = 0

  /** Counts a slot to a share, and that it has passed the others. `newest`: the youngest ticket that there is. */
  start(share: string, newest: TicketId, now: number): void {
    this.#count(now)
    const account = this.#open(share)
    for (const other of this.#accounts.values()) if (other !== account && other.isWaiting) other.passed++
    account.running++
    account.passed = 0
    account.startedAt = newest
  }

  /** Counts a slot back. */
  end(share: string, now: number): void {
    this.#count(now)
    const account = this.#accounts.get(share)
    if (account) account.running--
  }

  /** How the shares stand, now that these wait. */
  look(waiting: ReadonlySet<string>, now: number): ReadonlyMap<string, ShareView> {
    this.#count(now)
    for (const share of waiting) this.#open(share).isWaiting = true
    for (const [share, account] of this.#accounts) {
      account.isWaiting = waiting.has(share)
      if (!account.isWaiting) account.passed = 0
    }
    const active = [...this.#accounts.values()].filter(isActive)
    if (active.length === 0) this.#clear()
    else this.#virtualSeconds = Math.max(this.#virtualSeconds, Math.min(...active.map((one) => one.usedSeconds)))
    this.#forget()
    return this.#accounts
  }

  #open(share: string): Account {
    const known = this.#accounts.get(share)
    if (known && isActive(known)) return known
    const usedSeconds = Math.max(known?.usedSeconds ?? 0, this.#virtualSeconds)
    const account = { running: 0, passed: 0, startedAt: known?.startedAt ?? 0, isWaiting: false, usedSeconds }
    this.#accounts.set(share, account)
    return account
  }

  #count(now: number) {
    const seconds = (now - this.#countedTo) / 1000
    this.#countedTo = now
    for (const account of this.#accounts.values()) account.usedSeconds += account.running * seconds
  }

  #clear() {
    this.#accounts.clear()
    this.#virtualSeconds = 0
  }

  /** Drops who is where a newcomer would be, and of the others those who were heard of first, if they are too many. */
  #forget() {
    let tooMany = this.#accounts.size - mostRemembered
    for (const [share, account] of this.#accounts) {
      if (isActive(account)) continue
      if (account.usedSeconds > this.#virtualSeconds && tooMany <= 0) continue
      this.#accounts.delete(share)
      tooMany--
    }
  }
}

const isActive = ({ running, isWaiting }: Account) => running > 0 || isWaiting
