import { deleteRoute } from '../../management/delete-route.ts'

export default deleteRoute('POST', 'models.delete')
