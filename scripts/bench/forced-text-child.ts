import { runModelProcess } from '../../src/compose-child.ts'

// A child process as a server has it, which takes forced text without sampling or, with the argument `sampled`, does not.
runModelProcess({ predictsForcedText: process.argv[2] !== 'sampled' })
