import type { ModelKind } from '../../core/model.ts'

/**
 * How many pool threads a child's JavaScript runtime gets (`UV_THREADPOOL_SIZE`, which Bun reads too, with at least 2).
 * One is always blocked in reading standard input. For chat that leaves one, so that all decodes run on the same thread;
 * an embedding child decodes on every core at once.
 */
export const threadPoolSize = (kind: ModelKind, cores: number): number => (kind === 'chat' ? 2 : cores + 2)
