import type { Comparison, Group } from './benchmark.ts'
import { conversationCase, decodeCase, firstTokenCase, promptCase, sharedPrefixCase, warmUpChat } from './chat-cases.ts'
import { describeSize, hearthName, hearthPlan, llamaServerName, llamaServerPlan, type Setting } from './plans.ts'

const sideBySide: Comparison = { left: hearthName, right: llamaServerName }

/** All groups of the benchmark, in the order in which they run. */
export const peerGroups = (setting: Setting): readonly Group[] => [chatGroup(setting), manyClientsGroup(setting)]

function chatGroup(setting: Setting): Group {
  const size = { slots: 8, context: 4096 }
  return {
    title: 'One model, up to eight clients',
    configuration: `SmolLM2-135M-Instruct Q4_1; ${describeSize(size, setting)}.`,
    servers: [hearthPlan(setting, size), llamaServerPlan(setting, size)],
    comparisons: [sideBySide],
    warmUp: warmUpChat,
    cases: [
      decodeCase(1, { of: 'ratio', atLeast: 0.95 }),
      decodeCase(4, { of: 'ratio', atLeast: 1 }),
      decodeCase(8, { of: 'ratio', atLeast: 1 }),
      promptCase(512, { of: 'ratio', atLeast: 0.97 }),
      promptCase(2048, { of: 'ratio', atLeast: 0.97 }),
      firstTokenCase('short', { of: 'ratio', atMost: 1.05 }),
      firstTokenCase('long', { of: 'ratio', atMost: 1.05 }),
      sharedPrefixCase({ of: 'ratio', atMost: 1 }),
      conversationCase(),
    ],
  }
}

function manyClientsGroup(setting: Setting): Group {
  const size = { slots: 16, context: 1024 }
  return {
    title: 'One model, sixteen clients',
    configuration: `SmolLM2-135M-Instruct Q4_1; ${describeSize(size, setting)}.`,
    servers: [hearthPlan(setting, size), llamaServerPlan(setting, size)],
    comparisons: [sideBySide],
    warmUp: warmUpChat,
    cases: [decodeCase(16, { of: 'ratio', atLeast: 1 })],
  }
}
