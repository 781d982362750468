import type { Expression, Grammar } from './grammar.ts'
import type { RuleBook } from './rule-book.ts'

/** Writes the rules of a grammar into a book, under names that are free there, and returns its beginning. */
export function embedGrammar({ root, rules }: Grammar, book: RuleBook): Expression {
  const names = new Map(Object.keys(rules).map((name) => [name, book.reserve(`grammar-${name}`)]))
  for (const [name, expression] of Object.entries(rules)) {
    const reserved = names.get(name)
    if (reserved) book.fill(reserved, renamed(expression, names))
  }
  return renamed(root, names)
}

function renamed(expression: Expression, names: ReadonlyMap<string, Expression>): Expression {
  switch (expression.type) {
    case 'rule':
      return names.get(expression.name) ?? expression
    case 'sequence':
      return { ...expression, parts: expression.parts.map((part) => renamed(part, names)) }
    case 'choice':
      return { ...expression, options: expression.options.map((option) => renamed(option, names)) }
    case 'repeat':
      return { ...expression, part: renamed(expression.part, names) }
    default:
      return expression
  }
}
