import { systemInfoRoute } from '../../management/system-info-route.ts'

export default systemInfoRoute('/v1/system-info', 'system.systemInfo')
