import { choice, isNever, never, nothing, sequence, text } from '../expressions.ts'
import type { Expression } from '../grammar.ts'
import type { SchemaContext } from './schema-context.ts'

/** How many of the items. */
interface SubsetRange {
  readonly least: number
  readonly most: number
}

const comma = text(', ')

/** Any of the items, each at most once, in any order. The rules are as many as there are subsets. */
export function subsetsInAnyOrder(
  context: SchemaContext,
  items: readonly Expression[],
  { least, most }: SubsetRange,
): Expression {
  const known = new Map<number, Expression>()
  return after(0, 0)

  function after(taken: number, count: number): Expression {
    const before = known.get(taken)
    if (before) return before
    context.spend(items.length, '')
    const ends = count >= least ? [nothing] : []
    const ways =
      count >= most
        ? []
        : items.flatMap((item, index) => {
            const bit = 1 << index
            if (taken & bit) return []
            return [sequence(count === 0 ? nothing : comma, item, after(taken | bit, count + 1))]
          })
    const rule = context.book.add('items', choice(...ends, ...ways))
    known.set(taken, rule)
    return rule
  }
}

/** Any of the items, each at most once, in their order. */
export function orderedSubsets(
  context: SchemaContext,
  items: readonly Expression[],
  { least, most }: SubsetRange,
): Expression {
  const known = new Map<string, Expression>()
  return from(0, 0)

  function from(index: number, count: number): Expression {
    const item = items[index]
    const key = `${index} ${count}`
    const before = known.get(key)
    if (before) return before
    if (count + items.length - index < least) return never
    if (!item || count === most) return count >= least ? nothing : never
    context.spend(1, '')
    const taken = sequence(count === 0 ? nothing : comma, item, from(index + 1, count + 1))
    const left = from(index + 1, count)
    const rule = context.book.add('items', isNever(left) ? taken : isNever(taken) ? left : choice(taken, left))
    known.set(key, rule)
    return rule
  }
}
