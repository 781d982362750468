// bun scripts/test/coverage.ts LCOV…: how much of src the tests ran, and an error where that is less than it has to be.
import { existsSync, readFileSync } from 'node:fs'
import { isTest, sourceFiles } from '../../test/source-files.ts'
import { describeCoverage, joinCoverage, leastShare, readLcov, shareOf } from './read-coverage.ts'

const transpiler = new Bun.Transpiler({ loader: 'ts' })
/** What a file would do, without its types: what is left of a file of types alone is nothing. */
const countLines = (text: string) =>
  transpiler
    .transformSync(text)
    .split('\n')
    .filter((line) => line.trim() !== '').length

const paths = process.argv.slice(2)
const absent = paths.filter((path) => !existsSync(path))
if (paths.length === 0 || absent.length > 0) {
  console.error(`There is no report of what the tests have run at ${absent.join(', ') || 'any path'}.`)
  process.exit(1)
}
const reports = paths.map((path) => readLcov(readFileSync(path, 'utf8')))
const sources = sourceFiles('src')
  .filter((file) => !isTest(file) && !/\.(fixture|d)\.ts$/.test(file.path))
  .map(({ path, text }) => ({ path, countLines: () => countLines(text) }))
const files = joinCoverage(reports, sources)
for (const line of describeCoverage(files)) console.log(line)
if (shareOf(files) < leastShare) {
  console.error(
    `Less than ${leastShare * 100} % of the lines in src were run by the tests; the files above are the first to look at.`,
  )
  process.exitCode = 1
}
