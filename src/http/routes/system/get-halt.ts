import { haltRoute } from '../../management/stop-route.ts'

export default haltRoute('/v1/halt', 'system.getHalt')
