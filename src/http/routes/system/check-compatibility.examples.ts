import type { CompatibilityReply } from '../../../protocol/management/resources.wire.ts'
import { fakeEstimate } from '../../management/estimate.examples.ts'

/** The default chat model. */
export const compatibleExample: CompatibilityReply = {
  model: 'smollm2-135m-instruct',
  compatible: true,
  checks: [
    { subject: 'file', ok: true, detail: 'It is a FAKE file.' },
    { subject: 'architecture', ok: true, detail: "It is a 'fake', which needs no runtime." },
    { subject: 'memory', ok: true, detail: 'It needs at least 94 MiB of main memory, and 954 MiB are free.' },
    { subject: 'context', ok: true, detail: '4 requests at once may have 256 tokens each.' },
  ],
  architecture: 'fake',
  estimate: fakeEstimate({ bytes: 98_000_000, n_ctx: 256, slots: 4 }),
}

/** A model of an architecture that no build knows. */
export const alienExample: CompatibilityReply = {
  model: 'Fake',
  compatible: false,
  checks: [
    { subject: 'file', ok: true, detail: 'It is a GGUF file.' },
    { subject: 'architecture', ok: false, detail: "This build cannot run models of the architecture 'alien'." },
    { subject: 'memory', ok: true, detail: 'It needs at least 62 MiB of main memory, and 954 MiB are free.' },
    { subject: 'context', ok: true, detail: '4 requests at once may have 4096 tokens each.' },
  ],
  architecture: 'alien',
  estimate: fakeEstimate({ bytes: 64_000_000, n_ctx: 4096, slots: 4 }),
}
