import type { ModelKind } from '../../core/model.ts'

/**
 * How many pool threads a child's JavaScript runtime gets (`UV_THREADPOOL_SIZE`, which Bun reads too, with at least 2).
 * One is always blocked in reading standard input. For chat that leaves one, so that all decodes run on the same thread;
 * an embedding child decodes on every core at once.
 */
export const threadPoolSize = (kind: ModelKind, cores: number): number => (kind === 'chat' ? 2 : cores + 2)

/**
 * How much a child lets others go first, as `nice` counts. ggml's threads spin while they wait for each other, so two
 * models that compute at once on the same cores slow each other far more than by half; a chat is what somebody is
 * watching, and a vector is quick anyway (docs/decisions/2026-11-21-embedding-contexts.md has the figures).
 */
export const nicenessOf = (kind: ModelKind): number | undefined => (kind === 'chat' ? undefined : 15)
