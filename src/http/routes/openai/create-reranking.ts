import { rerankRoute } from '../../rerank-route.ts'

export default rerankRoute('/v1/reranking', 'openai.createReranking')
