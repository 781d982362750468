// Compiles our native step for this machine, for running from source. Says what is missing; never fails for that.
import { buildOwnNativeStep } from './native-step.ts'
import { ownTarget } from './targets.ts'

const target = ownTarget()
const step = target ? buildOwnNativeStep(target) : { missing: `a target for ${process.platform} ${process.arch}` }
if ('missing' in step) console.error(`Without the native step: ${step.missing}.`)
