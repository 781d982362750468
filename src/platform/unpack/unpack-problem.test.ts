import { expect, test } from 'bun:test'
import { unpackProblem } from './unpack-problem.ts'

const place = { folder: '/home/ada/native/1.2.3-abcdef012345', bytes: 30_000_000 }
const problemOf = (code: string, uid?: number) =>
  unpackProblem({ code }, { ...place, ...(uid !== undefined && { owner: { path: '/home/ada/native', uid } }) })

test('a folder of root is told as what a start with sudo leaves, with what to type', () => {
  expect(problemOf('EACCES', 0)).toEqual({
    problem: `the native libraries have to be unpacked into ${place.folder}, and /home/ada/native belongs to root, as after a start with sudo`,
    remedy: `Give it to this user if it holds nothing but files of Hearth (sudo chown -R "$(id -un)" '/home/ada/native'), or set HEARTH_HOME to a folder of your own.`,
  })
})

test('so is that of another user', () => {
  expect(problemOf('EPERM', 1001).problem).toContain('/home/ada/native belongs to another user (number 1001)')
})

test('where the owner is not the reason nobody is told to change him', () => {
  for (const code of ['EROFS', 'ENOSPC', 'EIO']) expect(JSON.stringify(problemOf(code, 0))).not.toContain('chown')
  expect(problemOf('EACCES').problem).toContain('which cannot be written')
})

test('what is no folder is told as that', () => {
  for (const code of ['EEXIST', 'ENOTDIR'])
    expect(problemOf(code).problem).toContain('no folder, or a link that leads nowhere')
})

test('a quota is no full disk', () => {
  expect(problemOf('EDQUOT').problem).toStartWith('what this user may have on the disk is used up')
  expect(problemOf('ENOSPC').problem).toStartWith('the disk is full')
})
