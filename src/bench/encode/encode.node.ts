/** The process that measures: it gets `EncodeOrder` by message and answers with `EncodeAnswer`. */
import { toWire } from '../../errors'
import { openNullDevice } from './null_device'
import { type EncodeAnswer, type Encoded, type EncodeOrder, type EncodeSamples, WORK } from './order'
import { openWork } from './work'

const calls = openNullDevice()

async function encoded(work: () => Promise<unknown>): Promise<Encoded> {
  const before = { calls: calls(), cpu: process.cpuUsage() }
  await work()
  const { user, system } = process.cpuUsage(before.cpu)
  const { dispatches, submissions } = calls()
  return {
    milliseconds: (user + system) / 1000,
    dispatches: dispatches - before.calls.dispatches,
    submissions: submissions - before.calls.submissions,
  }
}

async function measure({ layers, sides, rounds }: EncodeOrder): Promise<EncodeSamples> {
  const work = await openWork(layers, sides)
  const none = () => ({ update: [] as Encoded[], forward: [] as Encoded[], decode: [] as Encoded[] })
  const samples = { Colloquy: none(), 'TensorFlow.js': none() }
  for (let round = 0; round <= rounds; round++)
    for (const side of sides)
      for (const name of WORK) {
        const run = work[side]?.[name]
        if (!run) continue
        const sample = await encoded(run)
        if (round > 0) samples[side][name].push(sample)
      }
  return samples
}

// The command that wanted the answer is gone.
process.once('disconnect', () => process.exit(1))
process.once('message', (order: EncodeOrder) => {
  measure(order)
    .then(
      (samples): EncodeAnswer => ({ samples }),
      (error): EncodeAnswer => ({ error: toWire(error) }),
    )
    // Dawn's threads would keep the process alive.
    .then((answer) => process.send?.(answer, () => process.exit(0)))
})
