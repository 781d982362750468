import { ShareAccounts } from './share-accounts.ts'
import type { ShareView, Ticket, TicketId } from './view.ts'

type SharesOfModel = ReadonlyMap<string, ShareView>

/** What each share has had of each model. Times are milliseconds of one clock. */
export class Shares {
  readonly #accounts = new Map<string, ShareAccounts>()

  /** How the shares stand, by model, now that these tickets wait. */
  look(waiting: readonly Ticket[], now: number): ReadonlyMap<string, SharesOfModel> {
    const names = new Map<string, Set<string>>()
    for (const { model, share, takesSlot } of waiting)
      if (takesSlot) names.set(model, (names.get(model) ?? new Set()).add(share))
    const shares = new Map<string, SharesOfModel>()
    for (const model of new Set([...names.keys(), ...this.#accounts.keys()])) {
      const known = this.#of(model).look(names.get(model) ?? new Set(), now)
      if (known.size === 0) this.#accounts.delete(model)
      else shares.set(model, known)
    }
    return shares
  }

  /** Counts a slot to the share of a ticket. The answer counts it back, once. */
  start({ model, share }: Ticket, newest: TicketId, now: number): (now: number) => void {
    const accounts = this.#of(model)
    accounts.start(share, newest, now)
    let isRunning = true
    return (end) => {
      if (isRunning) accounts.end(share, end)
      isRunning = false
    }
  }

  #of(model: string): ShareAccounts {
    const accounts = this.#accounts.get(model) ?? new ShareAccounts()
    this.#accounts.set(model, accounts)
    return accounts
  }
}
