import { rerankRoute } from '../../rerank-route.ts'

export default rerankRoute('/v1/rerank', 'openai.createRerank')
