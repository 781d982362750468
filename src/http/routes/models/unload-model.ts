import { unloadRoute } from '../../management/unload-route.ts'

export default unloadRoute('/v1/models/unload', 'models.unloadModel')
