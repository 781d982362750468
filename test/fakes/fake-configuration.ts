import type { ConfigFollower } from '../../src/config/config-reloader.ts'

const path = '/etc/hearth/config.yaml'
const seconds = 1_770_000_000

/** The configuration of the published examples: with a mistake until it is read again. */
export const fakeConfiguration: ConfigFollower = {
  standing: {
    path,
    isWatched: true,
    state: 'kept',
    readSeconds: seconds,
    problems: [
      {
        path: 'max_queue',
        place: { file: path, line: 3, column: 12 },
        message: 'found the text "many", expected a whole number of at least 0',
      },
    ],
    awaitsRestart: [{ key: 'port', isLive: false, text: '8080 → 9090' }],
  },
  reload: async () => ({
    path,
    isWatched: true,
    state: 'current',
    readSeconds: seconds,
    changedSeconds: seconds,
    problems: [],
    awaitsRestart: [],
    changes: [{ key: 'log_level', isLive: true, text: 'info → debug' }],
  }),
}
