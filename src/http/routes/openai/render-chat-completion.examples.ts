import { chatRefusals } from './create-chat-completion.examples.ts'

const { context_length_exceeded: _, ...shared } = chatRefusals

/** A prompt may be looked at though it would not fit; in all else it is refused as a chat completion is. */
export const renderRefusals = shared
