import { serveTrainer } from './trainer_worker'

serveTrainer(
  async () => (await import('./jax_trainer')).createJaxTrainer,
  // The library starts a thread for every processor.
  (threads) => threads,
)
