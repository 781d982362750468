import { deleteRoute } from '../../management/delete-route.ts'

export default deleteRoute('DELETE', 'models.deleteModel')
