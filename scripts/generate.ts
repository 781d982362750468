import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { generatedFiles, pathOf } from './generated-files.ts'

for (const generated of generatedFiles) {
  const path = pathOf(generated)
  const current = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  const text = await generated.make(current)
  if (text !== current) writeFileSync(path, text)
  console.log(`${text === current ? 'unchanged' : 'written'}  ${generated.file}`)
}
