import type { ConfigChange } from '../../config/config-changes.ts'
import type { ConfigStanding } from '../../config/config-reloader.ts'
import type { ConfigStandingReply } from '../../protocol/management/config.wire.ts'

/** How the configuration stands, as it is told. */
export const fromConfigStanding = (standing: ConfigStanding): ConfigStandingReply => ({
  state: standing.state,
  ...(standing.path !== undefined && { file: standing.path }),
  watched: standing.isWatched,
  read_at: Math.floor(standing.readSeconds),
  ...(standing.changedSeconds !== undefined && { changed_at: Math.floor(standing.changedSeconds) }),
  problems: standing.problems.map(({ path, place, message }) => ({
    message,
    ...(path !== '' && { key: path }),
    ...(place && { line: place.line, column: place.column }),
  })),
  awaits_restart: standing.awaitsRestart.map(fromConfigChange),
})

export const fromConfigChange = ({ key, text }: ConfigChange) => ({ key, change: text })
