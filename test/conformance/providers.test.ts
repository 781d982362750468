import { providerSuite } from './provider.suite.ts'

providerSuite({ name: 'custom', kind: 'generic' })
providerSuite({ name: 'cerebras', kind: 'cerebras' })
providerSuite({ name: 'ollama', kind: 'ollama' })
// Any further name of config.yaml.
providerSuite({ name: 'my-server', kind: 'llama-server' })
