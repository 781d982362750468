/** What can be wrong with a grammar: the first three when it is compiled, the last one while a text is matched. */
export type GrammarFault = 'unknown-rule' | 'left-recursion' | 'no-text' | 'too-ambiguous'

/** A grammar that cannot be followed. The message is one sentence for whoever wrote the grammar. */
export class GrammarError extends Error {
  override readonly name = 'GrammarError'
  readonly fault: GrammarFault
  /** The rule at fault; `root` for what stands in no rule. */
  readonly rule: string

  constructor(fault: GrammarFault, rule: string) {
    super(describe(fault, rule))
    this.fault = fault
    this.rule = rule
  }
}

function describe(fault: GrammarFault, rule: string): string {
  switch (fault) {
    case 'unknown-rule':
      return `The rule '${rule}' is called, but the grammar has no such rule.`
    case 'left-recursion':
      return `The rule '${rule}' calls itself before anything that has to match (left recursion).`
    case 'no-text':
      return `No text at all matches the grammar: the rule '${rule}' can never come to an end.`
    case 'too-ambiguous':
      return `The text can be read in too many ways at once by the rule '${rule}' of the grammar.`
  }
}
