import { passingRoute } from '../../providers/passing-route.ts'
import { fileReply } from './forwarded.examples.ts'

export default passingRoute('GET', { path: 'files/file-1', reply: fileReply })
