import { loadRoute } from '../../management/load-route.ts'

export default loadRoute('/v1/load', 'models.load')
