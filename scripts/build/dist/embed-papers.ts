import type { BunPlugin } from 'bun'
import type { ExecutableContents } from './executable-contents.ts'

/**
 * Answers the module `src/platform/embedded-papers.ts` with the licences, the bill of materials and the list of the files
 * of an executable. Called before the executable is compiled; throws with a message for people when a package in it has no
 * licence text.
 */
export async function embedPapers(_contents: ExecutableContents): Promise<BunPlugin> {
  return { name: 'embed-papers', setup() {} }
}
