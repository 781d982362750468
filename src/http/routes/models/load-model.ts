import { loadRoute } from '../../management/load-route.ts'

export default loadRoute('/v1/models/load', 'models.loadModel')
