import type { CallSyntax } from '../conversation-syntax.ts'
import { hermes } from './hermes.ts'

/**
 * For models whose template knows no tools. The marks are those of Hermes: they are the most widely trained ones, and
 * the shortest to explain.
 */
export const generic: CallSyntax = hermes
