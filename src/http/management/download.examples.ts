import type { Download } from '../../protocol/management/downloads.wire.ts'

const half: Download = {
  id: 'download-slow',
  model: 'hf:fake/slow',
  resolved: 'hf:fake/slow',
  model_id: 'Fake',
  state: 'downloading',
  progress: 0.5,
  done_bytes: 500_000,
  total_bytes: 1_000_000,
  bytes_per_second: 100_000,
  seconds_left: 5,
  files: [{ name: 'fake/repository/Fake.gguf', done_bytes: 500_000, total_bytes: 1_000_000 }],
  started_at: 1_770_000_000,
}

/** One that runs. */
export const slowDownload = half

const { bytes_per_second: _, seconds_left: __, ...still } = half

export const pausedDownload: Download = { ...still, id: 'download-paused', state: 'paused' }

export const resumedDownload: Download = { ...half, id: 'download-paused' }

export const doneDownload: Download = {
  ...still,
  id: 'download-done',
  model: 'fake-chat',
  resolved: 'fake-chat',
  state: 'done',
  progress: 1,
  done_bytes: 1_000_000,
  files: [{ name: 'Fake.gguf', done_bytes: 1_000_000, total_bytes: 1_000_000 }],
  ended_at: 1_770_000_010,
  fetched: true,
  path: '/models/Fake.gguf',
}

export const cancelledDownload: Download = {
  id: 'download-paused',
  model: 'hf:fake/slow',
  state: 'cancelled',
  done_bytes: 0,
  files: [],
  started_at: 1_770_000_000,
  ended_at: 1_770_000_010,
}
