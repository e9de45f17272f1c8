import { Worker } from 'node:worker_threads'

/**
 * Starts threads that keep cores busy, as other processes would. They need no clean-up: they end with this process,
 * however it ends.
 */
export function startBusyThreads(count: number): void {
  for (let i = 0; i < count; i++) new Worker('for (;;);', { eval: true })
}
