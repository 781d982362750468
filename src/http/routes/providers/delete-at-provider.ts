import { passingRoute } from '../../providers/passing-route.ts'

export default passingRoute('DELETE', {
  path: 'files/file-1',
  reply: { id: 'file-1', object: 'file', deleted: true },
})
