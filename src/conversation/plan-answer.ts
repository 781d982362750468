import type { MessagesPrompt, OutputFormat, ToolUse } from '../core/generation.ts'
import { refusingProblems } from '../grammar/check-request.ts'
import { RuleBook } from '../grammar/rule-book.ts'
import type { AnswerPlan } from './answer-plan.ts'
import type { AnswerWish } from './answer-wish.ts'
import type { CallableFunction } from './call-grammar.ts'
import { makeCallId, type RandomLetters, randomLetters } from './call-id.ts'
import { callableFunction } from './callable-function.ts'
import type { ConversationSyntax, ReasoningSyntax } from './conversation-syntax.ts'
import { formatExpression } from './format-expression.ts'
import { harmonyGrammar } from './harmony-grammar.ts'
import { markedGrammar } from './marked-grammar.ts'
import { readAnswer } from './reading/read-answer.ts'
import type { ExpectedCalls } from './reading/read-call.ts'
import { readHarmony } from './reading/read-harmony.ts'
import { SyntaxReader } from './reading/syntax-reader.ts'
import { thinkingOf } from './thinking.ts'

interface PlanOptions {
  readonly prompt: MessagesPrompt
  readonly format: OutputFormat | undefined
  readonly syntax: ConversationSyntax
  /** What the template made of the prompt: its end tells whether the answer begins within the thinking. */
  readonly renderedPrompt: string
  /** Where the ids of calls come from; absent: from chance. */
  readonly letters?: RandomLetters
}

/**
 * Says how an answer is to be held and read. Throws `invalid_parameter`, with the path of the keyword,
 * for schemas and grammars that cannot be enforced.
 */
export function planAnswer({ prompt, format, syntax, renderedPrompt, letters }: PlanOptions): AnswerPlan {
  const book = new RuleBook()
  const thinking = thinkingOf(syntax, prompt, renderedPrompt)
  const use = prompt.toolUse
  const mayCall = use && use.choice.type !== 'none' ? use : undefined
  const functions = mayCall ? refusingProblems(() => callableFunctions(mayCall, syntax, book)) : []
  const content = format && formatExpression(format, book)
  const wish: AnswerWish = {
    thinking,
    ...(mayCall && {
      calls: { functions, isForced: mayCall.choice.type === 'required', isParallel: mayCall.isParallel },
    }),
    ...(content && { content }),
  }
  const root = syntax.isHarmony ? harmonyGrammar(wish, book) : markedGrammar(syntax, wish, book)
  const ids = usedIds(prompt)
  const begins = { beginsThinking: thinking === 'begun', beginsContent: thinking === 'none' }
  return {
    ...(root && { grammar: book.grammar(root) }),
    showsSpecial: mayCall !== undefined || syntax.reasoning !== undefined || syntax.frame !== undefined,
    ...(syntax.reasoning && { reasoningEnd: reasoningEnd(syntax.reasoning) }),
    read: () => {
      const idSource = { used: ids, letters: letters ?? randomLetters }
      const calls = mayCall && {
        ...expectedCalls(syntax, functions, idSource),
        standAlone: syntax.calls.isWholeAnswer === true || wish.content !== undefined || wish.calls?.isForced === true,
      }
      const expected = { syntax, ...begins, ...(calls && { calls }) }
      return new SyntaxReader((text) => (syntax.isHarmony ? readHarmony(text, expected) : readAnswer(text, expected)))
    },
  }
}

const reasoningEnd = ({ inside, close, gap }: ReasoningSyntax): string => inside + close + gap

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

function expectedCalls(
  { calls }: ConversationSyntax,
  functions: readonly CallableFunction[],
  ids: { readonly used: ReadonlySet<string>; readonly letters: RandomLetters },
): Omit<ExpectedCalls, 'standAlone'> {
  const used = new Set(ids.used)
  return {
    syntax: calls,
    functions: new Map(functions.map((each) => [each.name, each.strings])),
    makeId(own) {
      const id = own !== undefined && !used.has(own) ? own : makeCallId(calls.idStyle, ids.letters)
      used.add(id)
      return id
    },
  }
}

/** Ids that calls of the conversation have already. */
const usedIds = ({ messages }: MessagesPrompt): ReadonlySet<string> =>
  new Set(messages.flatMap(({ toolCalls }) => toolCalls ?? []).map(({ id }) => id))
