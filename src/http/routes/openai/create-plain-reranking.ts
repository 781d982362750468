import { rerankRoute } from '../../rerank-route.ts'

export default rerankRoute('/reranking', 'openai.createPlainReranking')
