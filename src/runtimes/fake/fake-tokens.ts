/** The tokens of a fake model: words, each with the space before it, so that together they are the text again. */
export const splitTokens = (text: string): readonly string[] => text.match(/\s*\S+|\s+$/gu) ?? []

/** How many tokens a text is for a fake model. */
export const countTokens = (text: string): number => splitTokens(text).length
