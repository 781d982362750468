import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../scripts/project-folder.ts'

/** One file of the program's source. */
export interface SourceFile {
  /** Relative to the top of the project, with `/` between the parts. */
  readonly path: string
  readonly text: string
  /** The lines, without the one that the last line's end would make. */
  readonly lines: readonly string[]
}

/** Every TypeScript file below a folder of the project, sorted by path. */
export function sourceFiles(folder: string): readonly SourceFile[] {
  return readdirSync(join(projectFolder, folder), { recursive: true })
    .map((name) => `${folder}/${String(name).replaceAll('\\', '/')}`)
    .filter((path) => /\.tsx?$/.test(path))
    .sort()
    .map((path) => {
      const text = readFileSync(join(projectFolder, path), 'utf8')
      return { path, text, lines: text.replace(/\n$/, '').split('\n') }
    })
}

/** What a file imports, as it is written there: types and dynamic imports count too. */
export function importsOf({ text }: SourceFile): readonly string[] {
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, path]) => path ?? '')
}

/** The code of a file without its comments, with every line where it was. Good enough for searching, not for compiling. */
export function codeOf({ text }: SourceFile): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[^:'"`])\/\/.*$/gm, '$1')
}

/** Whether a file is a test or an example of types, which may construct and import what it likes. */
export const isTest = ({ path }: SourceFile): boolean => /\.(test|test-d|suite)\.tsx?$/.test(path)
