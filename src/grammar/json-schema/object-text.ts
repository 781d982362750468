import { choice, isNever, never, nothing, optional, repeat, sequence, text } from '../expressions.ts'
import type { Expression } from '../grammar.ts'
import type { SchemaContext } from './schema-context.ts'

/** The members that an object may have, as texts. */
export interface MemberTexts {
  /** In the order in which they are written, each `"name": value`. */
  readonly declared: readonly { readonly text: Expression; readonly isRequired: boolean }[]
  /** Any other member; `never` when there may be none. Its names are not kept apart from each other. */
  readonly extra: Expression
  readonly least: number
  readonly most: number
}

const comma = text(', ')
const maxStates = 3000

/** The texts of objects: required members always, optional ones or not, then others. Undefined: it cannot be kept. */
export function objectText(context: SchemaContext, members: MemberTexts): Expression | undefined {
  const required = members.declared.filter(({ isRequired }) => isRequired).length
  const possible = isNever(members.extra) ? members.declared.length : Number.POSITIVE_INFINITY
  const isCounted = members.least > required || members.most < possible
  const inside = isCounted ? new CountedMembers(context, members).write() : new Members(context, members).write()
  return inside && sequence(text('{'), inside, text('}'))
}

/** Members of which any number may be there. */
class Members {
  readonly #context: SchemaContext
  readonly #members: MemberTexts
  readonly #known = new Map<number, Expression>()
  /** More than one member can be the first that is written, up to here. */
  readonly #lastFirst: number

  constructor(context: SchemaContext, members: MemberTexts) {
    this.#context = context
    this.#members = members
    const firstRequired = members.declared.findIndex(({ isRequired }) => isRequired)
    this.#lastFirst = firstRequired === -1 ? members.declared.length - 1 : firstRequired
  }

  /** Which member is written first decides where a comma stands. */
  write(): Expression {
    const { declared, extra } = this.#members
    const options: Expression[] = []
    for (const [index, member] of declared.entries()) {
      options.push(sequence(member.text, this.#after(index + 1)))
      if (member.isRequired) return choice(...options)
    }
    const others = isNever(extra) ? [] : [sequence(extra, repeat(sequence(comma, extra)))]
    return choice(...options, ...others, nothing)
  }

  /** What may follow when something has been written: in one stretch where it is used once, else in rules. */
  #after(index: number): Expression {
    const known = this.#known.get(index)
    if (known) return known
    const { declared, extra } = this.#members
    const isShared = index <= this.#lastFirst
    const parts = declared.slice(index, isShared ? index + 1 : undefined).map(({ text: member, isRequired }) => {
      const part = sequence(comma, member)
      return isRequired ? part : optional(part)
    })
    this.#context.spend(1 + parts.length / 4, '')
    const all = sequence(...parts, isShared ? this.#after(index + 1) : repeat(sequence(comma, extra)))
    const result = isShared ? this.#context.book.add('members', all) : all
    this.#known.set(index, result)
    return result
  }
}

/** Members that are counted. */
class CountedMembers {
  readonly #context: SchemaContext
  readonly #members: MemberTexts
  readonly #known = new Map<string, Expression>()
  #isTooLarge = false

  constructor(context: SchemaContext, members: MemberTexts) {
    this.#context = context
    this.#members = members
  }

  write(): Expression | undefined {
    const inside = this.#from(0, 0)
    return this.#isTooLarge ? undefined : inside
  }

  #from(index: number, count: number): Expression {
    const { declared, least, most } = this.#members
    if (count > most) return never
    const member = declared[index]
    if (!member) return this.#others(count)
    const capped = Number.isFinite(most) ? count : Math.min(count, Math.max(least, 1))
    const key = `${index} ${capped}`
    const known = this.#known.get(key)
    if (known) return known
    this.#context.spend(2, '')
    this.#isTooLarge ||= this.#known.size > maxStates
    if (this.#isTooLarge) return never
    const taken = sequence(count === 0 ? nothing : comma, member.text, this.#from(index + 1, capped + 1))
    const left = member.isRequired ? never : this.#from(index + 1, capped)
    const ways = [taken, left].filter((way) => !isNever(way))
    const result = ways.length === 0 ? never : this.#context.book.add('members', choice(...ways))
    this.#known.set(key, result)
    return result
  }

  /** Two others may have the same name and count as one, so no more than one of them is counted on. */
  #others(count: number): Expression {
    const { extra, least, most } = this.#members
    const missing = Math.max(0, least - count)
    const room = Number.isFinite(most) ? most - count : undefined
    if (missing === 0 && (isNever(extra) || room === 0)) return nothing
    if (missing > 1 || isNever(extra) || room === 0) return never
    if (count > 0) return repeat(sequence(comma, extra), missing, room)
    const all = sequence(extra, repeat(sequence(comma, extra), 0, room === undefined ? undefined : room - 1))
    return missing === 0 ? optional(all) : all
  }
}
