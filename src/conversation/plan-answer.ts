import type { MessagesPrompt, OutputFormat } from '../core/generation.ts'
import type { AnswerPlan } from './answer-plan.ts'
import { type AnswerRules, type AskedRules, answerRules } from './answer-rules.ts'
import type { CallableFunction } from './call-grammar.ts'
import { makeCallId, type RandomLetters, randomLetters } from './call-id.ts'
import type { ConversationSyntax, ReasoningSyntax } from './conversation-syntax.ts'
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
  /** `answerRules` of the syntax, for whoever keeps what was made; absent: they are made anew. */
  readonly rulesOf?: (asked: AskedRules) => AnswerRules
}

/** Says how an answer is to be held and read. Throws as `answerRules` does. */
export function planAnswer({ prompt, format, syntax, renderedPrompt, letters, rulesOf }: PlanOptions): AnswerPlan {
  const thinking = thinkingOf(syntax, prompt, renderedPrompt)
  const use = prompt.toolUse
  const mayCall = use && use.choice.type !== 'none' ? use : undefined
  const asked: AskedRules = { thinking, ...(mayCall && { use: mayCall }), ...(format && { format }) }
  const { wish, grammar } = rulesOf?.(asked) ?? answerRules(syntax, asked)
  const ids = usedIds(prompt)
  const begins = { beginsThinking: thinking === 'begun', beginsContent: thinking === 'none' }
  return {
    ...(grammar && { grammar }),
    showsSpecial: mayCall !== undefined || syntax.reasoning !== undefined || syntax.frame !== undefined,
    ...(syntax.reasoning && { reasoningEnd: reasoningEnd(syntax.reasoning) }),
    read: () => {
      const idSource = { used: ids, letters: letters ?? randomLetters }
      const calls = wish.calls && {
        ...expectedCalls(syntax, wish.calls.functions, idSource),
        standAlone: syntax.calls.isWholeAnswer === true || wish.content !== undefined || wish.calls.isForced,
      }
      const expected = { syntax, ...begins, ...(calls && { calls }) }
      return new SyntaxReader((text) => (syntax.isHarmony ? readHarmony(text, expected) : readAnswer(text, expected)))
    },
  }
}

const reasoningEnd = ({ inside, close, gap }: ReasoningSyntax): string => inside + close + gap

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
