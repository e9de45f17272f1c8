import { serveTrainer } from './trainer_worker'

serveTrainer(
  async () => (await import('./tfjs_trainer')).createTfjsTrainer,
  // The library starts a thread for every second processor at most.
  (threads) => 2 * threads,
)
