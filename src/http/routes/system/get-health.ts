import { healthRoute } from '../../management/health-route.ts'

export default healthRoute('/health', { operationId: 'system.getHealth' })
