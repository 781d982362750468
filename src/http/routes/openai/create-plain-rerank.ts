import { rerankRoute } from '../../rerank-route.ts'

export default rerankRoute('/rerank', 'openai.createPlainRerank')
