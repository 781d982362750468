import type { CompatibilityReply } from '../../../protocol/management/resources.wire.ts'

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
  estimate: {
    main_bytes: 98_000_000,
    device_bytes: 0,
    weights_bytes: 98_000_000,
    cache_bytes: 0,
    compute_bytes: 0,
    draft_bytes: 0,
    adapter_bytes: 0,
    process_bytes: 0,
    n_ctx: 256,
    slots: 4,
    n_gpu_layers: 0,
    notes: [],
  },
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
  estimate: {
    main_bytes: 64_000_000,
    device_bytes: 0,
    weights_bytes: 64_000_000,
    cache_bytes: 0,
    compute_bytes: 0,
    draft_bytes: 0,
    adapter_bytes: 0,
    process_bytes: 0,
    n_ctx: 4096,
    slots: 4,
    n_gpu_layers: 0,
    notes: [],
  },
}
