import { CompanionFiles } from '../companions.ts'
import { ModelFiles } from '../model-file.ts'
import { RuntimeChanges } from './runtime-changes.ts'

/** What a registry goes on to know when its options become others. */
export class RegistryMemory {
  /** What was said of models since the server started. */
  readonly changes = new RuntimeChanges()
  readonly files = new ModelFiles()
  readonly companions = new CompanionFiles()
  /** What of each path was said in the log. */
  readonly reported: { problems: ReadonlyMap<string, string> } = { problems: new Map() }
}
