/** The process of one run of the study: gets its configuration from the process that opened it and sends events back. */
import { startRun } from '../../../workers/node'
import type { RunConfig } from '../../config/config'
import { toWire } from '../../errors'
import type { RunMessage } from '../../study/run_process'

/** Resolves once the message is with the other process. */
function send(message: RunMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, (error: Error | null) => (error ? reject(error) : resolve()))
  })
}

async function follow(config: RunConfig): Promise<void> {
  try {
    // As many of these processes run as there are cores.
    for await (const event of startRun(config, 1))
      if (event.type === 'step' || event.type === 'eval' || event.type === 'warning' || event.type === 'done')
        await send({ type: 'event', event })
    process.exit(0)
  } catch (error) {
    await send({ type: 'failed', error: toWire(error) })
    process.exit(1)
  }
}

process.once('message', (config: RunConfig) => void follow(config))
// Without whom it runs for, it runs for nobody.
process.on('disconnect', () => process.exit(1))
