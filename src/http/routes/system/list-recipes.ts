import { Type as t } from '@sinclair/typebox'
import { fromRecipes } from '../../../protocol/management/recipes.ts'
import { RecipeList } from '../../../protocol/management/recipes.wire.ts'
import { defineRoute } from '../../define-route.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/recipes',
  operationId: 'system.listRecipes',
  summary: 'List the ways in which models can be run',
  description: `Every way to run a model that this program knows of, and which of them work here: llama.cpp on the CPU, CUDA,
Vulkan and Metal, and those that are not part of this version. Where one does not work, \`reason\` says why and \`remedy\`
what to do.`,
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: RecipeList,
  event: t.Never(),
  examples: [
    {
      name: 'a machine without a GPU',
      reply: {
        object: 'list',
        data: [
          {
            id: 'llama-cpp-cpu',
            object: 'recipe',
            runtime: 'llama-cpp',
            description: 'GGUF models through llama.cpp on the CPU',
            back_end: 'cpu',
            available: true,
            default: true,
          },
          {
            id: 'onnx',
            object: 'recipe',
            runtime: 'onnx',
            description: 'ONNX models through onnxruntime',
            available: false,
            default: false,
            reason: 'This version of Hearth does not run ONNX models.',
            remedy: 'Use the same model as a GGUF file.',
          },
        ],
      },
    },
  ],
  refusals: {},
  handle: async ({ services }) => fromRecipes(await services.system.recipes()),
})
