import type { Recipe } from '../../core/system.ts'
import type { RecipeList } from './recipes.wire.ts'
import { withoutFolders } from './without-folders.ts'

/** The ways to run a model as GET /v1/recipes tells them. */
export const fromRecipes = (recipes: readonly Recipe[]): RecipeList => ({
  object: 'list',
  data: recipes.map(fromRecipe),
})

const fromRecipe = ({ id, runtime, summary, backEnd, isAvailable, isDefault, reason, remedy }: Recipe) => ({
  id,
  object: 'recipe' as const,
  runtime,
  description: summary,
  ...(backEnd && { back_end: backEnd }),
  available: isAvailable ?? null,
  default: isDefault,
  ...(reason && { reason: withoutFolders(reason) }),
  ...(remedy && { remedy }),
})
