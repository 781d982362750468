import { rerankRoute } from '../../rerank-route.ts'

export default rerankRoute('/v2/rerank', 'openai.createRerankV2')
