import type { CallPart } from '../conversation-syntax.ts'

/** A control token by its name. */
export const mark = (text: string): CallPart => ({ type: 'mark', text })

/** The same, where it may be left out. */
export const optionalMark = (text: string): CallPart => ({ type: 'mark', text, isOptional: true })

export const text = (value: string): CallPart => ({ type: 'text', text: value })

export const name: CallPart = { type: 'name' }

/** A count that the model gives the call. */
export const digits: CallPart = { type: 'own', kind: 'digits' }

/** Nine letters and digits that the model gives the call. */
export const letters: CallPart = { type: 'own', kind: 'letters' }

/** The arguments of a call. */
export const values: CallPart = { type: 'arguments' }
