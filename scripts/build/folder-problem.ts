/** The files could not be written; the message is for people. */
export class FolderProblem extends Error {}

/** Bun's bundler, which then has told of the system's error already. */
const bundlersWords = /failed to write compiled executable/

const meanings: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no room left (while it is built an executable takes twice its size)',
  EDQUOT: 'your share of the disk is used up',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'its file system is read-only',
  ENOTDIR: 'it is a file, or below one',
  EEXIST: 'it is a file',
}

/** What an error of the system, also one that Bun's bundler tells in its words, means for a build into a folder; any other as it is. */
export function folderProblem(error: unknown, folder: string): unknown {
  const errors = error instanceof AggregateError ? [error, ...error.errors] : [error]
  const codes = errors.flatMap((each) => [each?.code, /\b(E[A-Z]{3,})$/.exec(each?.message)?.[1]])
  const code = codes.find((each) => typeof each === 'string' && each in meanings)
  const meaning = code ? meanings[code] : errors.some((each) => bundlersWords.test(each?.message)) && 'see above'
  return meaning ? new FolderProblem(`${folder} cannot be written to: ${meaning}`, { cause: error }) : error
}
