/** What an executable carries about itself: where `node:fs` finds each inside the executable. */
export interface EmbeddedPapers {
  /** The list of the files that it carries (src/platform/bundle/contents.ts), as JSON. */
  readonly contents: string
  /** The licences of everything inside: a text, compressed with Zstandard. */
  readonly licences: string
  /** The bill of materials: CycloneDX as JSON, compressed with Zstandard. */
  readonly bill: string
}

/** Nothing from source. The build answers this module with the papers of what it builds. */
export const embeddedPapers: EmbeddedPapers | undefined = undefined
