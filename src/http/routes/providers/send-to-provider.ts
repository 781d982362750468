import { passingRoute } from '../../providers/passing-route.ts'
import { fileReply } from './forwarded.examples.ts'

export default passingRoute('POST', { path: 'files', reply: fileReply })
