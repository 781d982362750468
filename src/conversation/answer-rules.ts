import type { OutputFormat, ToolUse } from '../core/generation.ts'
import { refusingProblems } from '../grammar/check-request.ts'
import type { Grammar } from '../grammar/grammar.ts'
import { RuleBook } from '../grammar/rule-book.ts'
import type { AnswerWish } from './answer-wish.ts'
import type { CallableFunction } from './call-grammar.ts'
import { callableFunction } from './callable-function.ts'
import type { ConversationSyntax } from './conversation-syntax.ts'
import { formatExpression } from './format-expression.ts'
import { harmonyGrammar } from './harmony-grammar.ts'
import { markedGrammar } from './marked-grammar.ts'

/** What the rules of an answer depend on, as plain data. */
export interface AskedRules {
  readonly format?: OutputFormat
  /** Absent where nothing may be called. */
  readonly use?: ToolUse
  readonly thinking: AnswerWish['thinking']
}

/** What an answer is held to. It does not change, and serves any number of answers. */
export interface AnswerRules {
  readonly wish: AnswerWish
  /** Absent where any text will do. */
  readonly grammar?: Grammar
}

/** Throws `invalid_parameter`, with the path of the keyword, for schemas and grammars that cannot be enforced. */
export function answerRules(syntax: ConversationSyntax, { format, use, thinking }: AskedRules): AnswerRules {
  const book = new RuleBook()
  const functions = use ? refusingProblems(() => callableFunctions(use, syntax, book)) : []
  const content = format && formatExpression(format, book)
  const wish: AnswerWish = {
    thinking,
    ...(use && { calls: { functions, isForced: use.choice.type === 'required', isParallel: use.isParallel } }),
    ...(content && { content }),
  }
  const root = syntax.isHarmony ? harmonyGrammar(wish, book) : markedGrammar(syntax, wish, book)
  return { wish, ...(root && { grammar: book.grammar(root) }) }
}

/** Of an answer that is one text: no thinking and no calls. Throws as `answerRules` does. */
export function formatGrammar(format: OutputFormat): Grammar {
  const book = new RuleBook()
  return book.grammar(formatExpression(format, book))
}

function callableFunctions(use: ToolUse, syntax: ConversationSyntax, book: RuleBook): readonly CallableFunction[] {
  const isForced = use.choice.type === 'required'
  return use.tools.flatMap((tool, index) =>
    use.allowed && !use.allowed.includes(tool.name)
      ? []
      : [
          callableFunction(tool, {
            syntax: syntax.calls,
            isExact: isForced || tool.isStrict,
            book,
            path: `tools[${index}].function.parameters`,
          }),
        ],
  )
}
