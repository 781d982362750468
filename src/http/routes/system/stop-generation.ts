import { stopRoute } from '../../management/stop-route.ts'

export default stopRoute('/v1/generation/stop', 'system.stopGeneration')
