import process from 'node:process'

const args = process.argv.slice(2)
if (args[0] === 'runtime' && args[1] === 'llama-cpp') {
  // The hidden command: a process that runs one model, or tells what the native libraries are. It loads nothing of the rest.
  const { runModelProcess, runProbeProcess } = await import('./compose-child.ts')
  if (args[2] === '--probe') await runProbeProcess()
  else runModelProcess({ requiresGpu: args.includes('--require-gpu', 2) })
} else {
  const { run } = await import('./cli/run.ts')
  process.exitCode = await run(args)
}
