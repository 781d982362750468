import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * How to start npm: the npm that runs us, else the one beside Node, else the one on the search path. Answers a program, the
 * arguments that come before npm's own, and whether it takes a shell to start it.
 */
export function findNpm() {
  // Under Bun, `process.execPath` is no Node; npm tells its own to what it runs.
  const node = process.versions.bun ? process.env.npm_node_execpath : process.execPath
  if (node) {
    const beside = [
      process.env.npm_execpath,
      join(dirname(node), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
      join(dirname(node), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    ].find((path) => path?.endsWith('npm-cli.js') && existsSync(path))
    if (beside) return { program: node, first: [beside], shell: false }
  }
  // On Windows npm is a batch file, which only a shell can start.
  return { program: 'npm', first: [], shell: process.platform === 'win32' }
}
