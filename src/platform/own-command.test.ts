import { expect, test } from 'bun:test'
import { childProgram, chooseChildProgram, ownCommand } from './own-command.ts'

const command = ['/opt/hearth/hearth', '--first'] as const

test('a program whose file is the one that runs is started by its path', () => {
  for (const hasRunningFile of [true, false])
    expect(chooseChildProgram({ command, isSame: true, hasRunningFile })).toEqual({ type: 'same', command })
})

test('one that was replaced is started by the name that the system has for what runs', () => {
  expect(chooseChildProgram({ command, isSame: false, hasRunningFile: true })).toEqual({
    type: 'replaced',
    path: '/opt/hearth/hearth',
    command: ['/proc/self/exe', '--first'],
  })
})

test('where there is no such name nothing else is started', () => {
  expect(chooseChildProgram({ command, isSame: false, hasRunningFile: false })).toEqual({
    type: 'gone',
    path: '/opt/hearth/hearth',
  })
})

test('from source the runtime may be updated: the sources are read anew anyway', () => {
  expect(childProgram()).toEqual({ type: 'same', command: ownCommand() })
})
