import { join } from 'node:path'
import { makePaddedModel, paddedModelPath } from '../padded-model.ts'
import type { Comparison, Group } from './benchmark.ts'
import { conversationCase, decodeCase, firstTokenCase, promptCase, sharedPrefixCase, warmUpChat } from './chat-cases.ts'
import { copyingCases } from './copying-cases.ts'
import { embeddingCase, warmUpEmbedding } from './embedding-cases.ts'
import { formatCases } from './format-cases.ts'
import {
  describeSize,
  hearthName,
  hearthPlan,
  llamaServerName,
  llamaServerPlan,
  type Setting,
  type Size,
} from './plans.ts'
import { growthCase, memoryCase, startCase } from './process-cases.ts'
import { idleConnectionsCase, mixedCase, systemPromptCase } from './shared-cases.ts'

const sideBySide: Comparison = { left: hearthName, right: llamaServerName }
const chatModel = 'SmolLM2-135M-Instruct Q4_1'
const eightSlots: Size = { slots: 8, context: 4096 }

/** All groups of the benchmark, in the order in which they run. */
export const peerGroups = (setting: Setting): readonly Group[] => [
  chatGroup(setting),
  manyClientsGroup(setting),
  mixGroup(setting),
  copyingGroup(setting),
  draftGroup(setting),
  embeddingGroup(setting),
  processGroup(setting),
  growthGroup(setting),
]

/** Hearth and llama-server with the default chat model and nothing else. */
function plainGroup(setting: Setting, size: Size): Omit<Group, 'title' | 'cases'> {
  return {
    configuration: `${chatModel}; ${describeSize(size, setting)}.`,
    servers: [hearthPlan(setting, size), llamaServerPlan(setting, size)],
    comparisons: [sideBySide],
    warmUp: warmUpChat,
  }
}

const chatGroup = (setting: Setting): Group => ({
  ...plainGroup(setting, eightSlots),
  title: 'Up to eight clients',
  cases: [
    decodeCase(1, { mark: { of: 'ratio', atLeast: 0.95 } }),
    decodeCase(4, { mark: { of: 'ratio', atLeast: 1 } }),
    decodeCase(8, { mark: { of: 'ratio', atLeast: 1 } }),
    promptCase(512, { of: 'ratio', atLeast: 0.97 }),
    promptCase(2048, { of: 'ratio', atLeast: 0.97 }),
    firstTokenCase('short', { of: 'ratio', atMost: 1.05 }),
    firstTokenCase('long', { of: 'ratio', atMost: 1.05 }),
    sharedPrefixCase({ of: 'ratio', atMost: 1 }),
    conversationCase(),
    systemPromptCase(8),
    idleConnectionsCase(200),
    ...formatCases({ of: 'ratio', atLeast: 1.3 }),
  ],
})

const manyClientsGroup = (setting: Setting): Group => ({
  ...plainGroup(setting, { slots: 16, context: 1024 }),
  title: 'Sixteen clients',
  cases: [decodeCase(16, { mark: { of: 'ratio', atLeast: 1 } })],
})

const mixGroup = (setting: Setting): Group => ({
  ...plainGroup(setting, { slots: 4, context: 6144 }),
  title: 'A short chat beside a long prompt',
  cases: [mixedCase()],
})

function copyingGroup(setting: Setting): Group {
  const guessing = `${llamaServerName}, ngram-simple`
  const plainly = `${hearthName}, without lookup`
  const flags = ['--spec-type', 'ngram-simple']
  const plain = plainGroup(setting, eightSlots)
  return {
    ...plain,
    title: 'Answers that copy from their prompt',
    configuration: `${plain.configuration} Both with their default settings; beside them Hearth from source with its guesses
switched off, and llama-server with \`${flags.join(' ')}\`.`,
    servers: [
      ...plain.servers,
      hearthPlan(setting, eightSlots, { name: plainly, preload: join(import.meta.dir, 'without-lookup.ts') }),
      llamaServerPlan(setting, eightSlots, { name: guessing, flags }),
    ],
    comparisons: [
      sideBySide,
      { left: hearthName, right: plainly },
      { left: hearthName, right: guessing, withoutMarks: true },
    ],
    cases: copyingCases({ of: 'ratio', atLeast: 1.2 }),
  }
}

/** Four servers: each with its draft model and without. */
function draftGroup(setting: Setting): Group {
  const size = { slots: 4, context: 1024 }
  const times = 6
  const [hearthWith, llamaWith] = [`${hearthName} with a draft`, `${llamaServerName} with a draft`]
  const model = paddedModelPath(setting.models.chat, times)
  const flags = ['--model-path', model]
  return {
    title: 'Speculative decoding',
    configuration: `${chatModel} with ${times} times the layers, the added ones silent, and itself as its draft, so that
all that is guessed is right; ${describeSize(size, setting)}.`,
    servers: [
      hearthPlan(setting, size, { name: hearthWith, flags: [...flags, '--draft-model-path', setting.models.chat] }),
      hearthPlan(setting, size, { flags }),
      llamaServerPlan(setting, size, {
        name: llamaWith,
        model,
        flags: ['-md', setting.models.chat, '--spec-type', 'draft-simple'],
      }),
      llamaServerPlan(setting, size, { model }),
    ],
    comparisons: [
      { left: hearthWith, right: hearthName },
      { left: llamaWith, right: llamaServerName },
      { left: hearthWith, right: llamaWith },
      sideBySide,
    ],
    prepare: () => makePaddedModel(setting.models.chat, times),
    warmUp: warmUpChat,
    cases: [1, 4].map((clients) => decodeCase(clients, { name: 'draft', answerTokens: 64 })),
  }
}

function embeddingGroup(setting: Setting): Group {
  const mark = { of: 'ratio', atLeast: 1 } as const
  const size = { slots: 8, context: 512 }
  return {
    title: 'Embeddings',
    configuration: `all-MiniLM-L6-v2 Q8_0; ${setting.threads} threads; llama-server with ${describeSize(size, setting)}.`,
    servers: [
      hearthPlan(setting, eightSlots),
      llamaServerPlan(setting, size, { model: setting.models.embedding, flags: ['--embedding'] }),
    ],
    comparisons: [sideBySide],
    warmUp: warmUpEmbedding,
    cases: [
      embeddingCase({ texts: 1, tokens: 12, requests: 40, mark }),
      embeddingCase({ texts: 32, tokens: 12, requests: 4, mark }),
      embeddingCase({ texts: 512, tokens: 12, requests: 1, mark }),
      embeddingCase({ texts: 64, tokens: 250, requests: 1, mark }),
    ],
  }
}

const processGroup = (setting: Setting): Group => ({
  ...plainGroup(setting, eightSlots),
  title: 'Start and memory',
  cases: [memoryCase, startCase],
})

const growthGroup = (setting: Setting): Group => ({
  ...plainGroup(setting, eightSlots),
  title: 'Growth',
  mostRounds: 1,
  servers: [hearthPlan(setting, eightSlots)],
  comparisons: [{ left: hearthName }],
  cases: [growthCase(2000)],
})
