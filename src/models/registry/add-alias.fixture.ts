import process from 'node:process'
import { AliasFile } from './alias-file.ts'

/** Adds aliases to a file, one after the other, as a process of its own: PATH NAME COUNT. */
const [path = '', name = '', count = '0'] = process.argv.slice(2)
const file = new AliasFile(path)
for (let index = 0; index < Number(count); index++) await file.add(`${name}-${index}`, name)
