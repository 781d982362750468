import { healthRoute, lemonadeDetails } from '../../management/health-route.ts'

export default healthRoute('/v1/health', { operationId: 'system.getServerHealth', details: lemonadeDetails })
