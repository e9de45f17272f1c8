/** `npm run pretrain`: see `PRETRAIN`. */
import { spawn } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { ColloquyError } from '../errors'
import { evaluate } from '../pretrain/evaluation'
import { keepTraining, keptTraining, type TrainingPlan } from '../pretrain/kept_training'
import { modelCard } from '../pretrain/model_card'
import { folderFiles } from '../pretrain/model_folder'
import { PROFILES } from '../pretrain/profiles'
import { parameterCount, quantized } from '../pretrain/quantized'
import { train } from '../pretrain/train'
import { runCommand } from './command'
import type { Command } from './options'

interface Settings {
  readonly peer: string
  readonly seed: number
  /** Null is what the peer's profile says. */
  readonly steps: number | null
  readonly evalSize: number
  readonly out: string
}

const EVERYONE = 'all'
/** About a minute of work on one core. */
const KEEP_EVERY = 100

const PRETRAIN = {
  usage: 'npm run pretrain --',
  about:
    'Makes the embedded peers from random weights and writes their model folders. ' +
    'All peers are made in a process each, as many at a time as there are cores. ' +
    'A training that was ended continues where it was kept, if the command is given again.',
  options: {
    peer: { value: 'NAME', help: `One of: ${PROFILES.map(({ id }) => id).join(', ')}`, default: EVERYONE },
    seed: { value: 'N', help: 'Seed of weights and corpus', default: '7' },
    steps: { value: 'N', help: "Training steps, at least 10; those of the peer's profile unless given" },
    'eval-size': { value: 'N', help: 'Questions of each evaluation', default: '500' },
    out: { value: 'FOLDER', help: 'Where the model folders go', default: 'models' },
  },
} satisfies Command

async function makePeer({ peer, seed, steps: wanted, evalSize, out }: Settings): Promise<void> {
  const profile = PROFILES.find(({ id }) => id === peer)
  if (!profile) throw new RangeError(`no profile of ${peer}`)
  const steps = wanted ?? profile.steps
  const started = performance.now()
  const plan: TrainingPlan = { peer, seed, steps }
  const file = join(out, peer, 'pretraining.state')
  await mkdir(dirname(file), { recursive: true })
  const from = await keptTraining(file, plan)
  if (from !== null) console.log(`${peer}: continues from step ${from.step}, kept in ${file}`)
  const firstStep = from?.step ?? 0
  const firstToken = from?.tokens ?? 0
  const { weights, tokens } = await train(profile, {
    seed,
    steps,
    from,
    keepEvery: KEEP_EVERY,
    keep: (kept) => keepTraining(file, plan, kept),
    onStep(step, loss, gradNorm, seen) {
      if (step % Math.ceil(steps / 50) !== 0 && step !== steps) return
      const seconds = (performance.now() - started) / 1000
      const left = Math.round((seconds / (step - firstStep)) * (steps - step))
      const rate = Math.round((seen - firstToken) / seconds)
      console.log(
        `${peer}: step ${step} of ${steps}, loss ${loss.toFixed(3)}, gradient ${gradNorm.toFixed(2)}, ${rate} tokens/s, ${left} s left`,
      )
    },
  })
  const minutes = (performance.now() - started) / 60_000
  const files = folderFiles(quantized(weights))
  const before = await evaluate(folderFiles(weights), profile, evalSize)
  const after = await evaluate(files, profile, evalSize)
  const bytes = [...files.values()].reduce((sum, content) => sum + content.byteLength, 0)
  const parameters = parameterCount(weights)
  const facts = { profile, parameters, seed, steps, tokens, minutes, bytes, before, after }
  const card = modelCard(facts)
  files.set('README.md', new TextEncoder().encode(card))
  for (const [path, content] of files) {
    const target = join(out, peer, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, content)
  }
  await rm(file, { force: true })
  console.log(`${peer}: written to ${join(out, peer)}\n\n${card.slice(card.indexOf('## Accuracy'))}`)
}

/** One process per peer, each on its own core. */
async function makeEveryone(args: readonly string[]): Promise<void> {
  const waiting = PROFILES.map(({ id }) => id)
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await makeElsewhere(id, args)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
}

function makeElsewhere(id: string, args: readonly string[]): Promise<void> {
  const command = [...process.execArgv, process.argv[1], ...args, '--peer', id]
  const child = spawn(process.execPath, command, { stdio: 'inherit' })
  return new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (code === 0) return resolve()
      reject(
        new ColloquyError({
          code: 'worker',
          what: `the process that makes ${id}`,
          found: signal === null ? `exit status ${code}` : `signal ${signal}`,
          wanted: 'exit status 0',
          todo: 'Read its messages above',
        }),
      )
    })
  })
}

await runCommand(PRETRAIN, async (given) => {
  const settings: Settings = {
    peer: given.choice('peer', [...PROFILES.map(({ id }) => id), EVERYONE]),
    seed: given.wholeNumber('seed'),
    steps: given.wholeNumber('steps', 10),
    evalSize: given.wholeNumber('eval-size', 1),
    out: given.text('out'),
  }
  await (settings.peer === EVERYONE ? makeEveryone(process.argv.slice(2)) : makePeer(settings))
})
