import { unloadRoute } from '../../management/unload-route.ts'

export default unloadRoute('/v1/unload', 'models.unload', { unloadsAllByDefault: true })
