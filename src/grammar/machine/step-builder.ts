import type { Branch, RuleEntry, Step } from './program.ts'

type Numbered = { readonly id: number; readonly rule: string }
type Unnumbered<Each> = Each extends Numbered ? Omit<Each, 'id' | 'rule'> : never

/** Makes the steps of a program, and keeps count of what they mention. */
export class StepBuilder {
  readonly steps: Step[] = []
  readonly specials = new Set<string>()
  /** A byte that some step tells from the byte before it. */
  readonly #boundaries = new Uint8Array(257)
  /** Of the rule whose steps are made now. */
  rule = 'root'

  add(step: Unnumbered<Step>): Step {
    const numbered = { ...step, id: this.steps.length, rule: this.rule } as Step
    this.steps.push(numbered)
    return numbered
  }

  text(bytes: Uint8Array, next: Step): Step {
    if (bytes.length === 0) return next
    for (const byte of bytes) this.#tellApart(byte, byte)
    return this.add({ type: 'text', bytes, next })
  }

  branch(branches: readonly Branch[]): Step {
    for (const { first, last } of branches) this.#tellApart(first, last)
    return this.add({ type: 'branch', branches })
  }

  /** None when there is no way. */
  split(ways: readonly Step[]): Step | undefined {
    const different = [...new Set(ways)]
    return different.length > 1 ? this.add({ type: 'split', ways: different }) : different[0]
  }

  call(entry: RuleEntry, next: Step): Step {
    return this.add({ type: 'call', entry, next })
  }

  special(text: string, ways: { readonly plain: Step; readonly next: Step }): Step {
    this.specials.add(text)
    return this.add({ type: 'special', text, ...ways })
  }

  /** Numbers the classes of bytes that no step tells apart. */
  byteClasses(): { readonly byteClasses: Uint8Array; readonly classCount: number } {
    const byteClasses = new Uint8Array(256)
    let current = 0
    for (let byte = 1; byte < 256; byte++) {
      if (this.#boundaries[byte]) current++
      byteClasses[byte] = current
    }
    return { byteClasses, classCount: current + 1 }
  }

  #tellApart(first: number, last: number): void {
    this.#boundaries[first] = 1
    this.#boundaries[last + 1] = 1
  }
}
