/** What a key may do. `admin` includes the others; `read`, what an onlooker needs, does not include `inference`. */
export const scopes = ['inference', 'read', 'admin'] as const
export type Scope = (typeof scopes)[number]

/** Whether who has these scopes may do what asks for that one. */
export const mayDo = (held: readonly Scope[], asked: Scope): boolean => held.includes('admin') || held.includes(asked)
