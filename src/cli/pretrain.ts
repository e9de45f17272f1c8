/**
 * npm run pretrain -- [--peer ada|bo|cy|dee|eli|all] [--seed N] [--steps N] [--eval-size N] [--out FOLDER]
 * Makes the embedded peers from random weights and writes their model folders. With `all`, each peer is made in a
 * process of its own, as many at a time as there are cores.
 */
import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { ColloquyError } from '../errors'
import { evaluate } from '../pretrain/evaluation'
import { modelCard } from '../pretrain/model_card'
import { folderFiles } from '../pretrain/model_folder'
import { PROFILES } from '../pretrain/profiles'
import { parameterCount, quantized } from '../pretrain/quantized'
import { train } from '../pretrain/train'

interface Settings {
  readonly peer: string
  readonly seed: number
  /** Null is what the peer's profile says. */
  readonly steps: number | null
  readonly evalSize: number
  readonly out: string
}

const EVERYONE = 'all'

function settings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      peer: { type: 'string', default: EVERYONE },
      seed: { type: 'string', default: '7' },
      steps: { type: 'string' },
      'eval-size': { type: 'string', default: '500' },
      out: { type: 'string', default: 'models' },
    },
  })
  const peers = [...PROFILES.map(({ id }) => id), EVERYONE]
  if (!peers.some((id) => id === values.peer))
    throw new ColloquyError({
      code: 'config',
      what: '--peer',
      found: `"${values.peer}"`,
      wanted: `one of ${peers.join(', ')}`,
      todo: 'Name a peer that is in the list',
    })
  return {
    peer: values.peer,
    seed: wholeNumber('--seed', values.seed, 0),
    steps: values.steps === undefined ? null : wholeNumber('--steps', values.steps, 10),
    evalSize: wholeNumber('--eval-size', values['eval-size'], 1),
    out: values.out,
  }
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && Number.isSafeInteger(value)) return value
  throw new ColloquyError({
    code: 'config',
    what: option,
    found: `"${text}"`,
    wanted: `a whole number of at least ${least}`,
    todo: `Change ${option}`,
  })
}

async function makePeer({ peer, seed, steps: wanted, evalSize, out }: Settings): Promise<void> {
  const profile = PROFILES.find(({ id }) => id === peer)
  if (!profile) throw new RangeError(`no profile of ${peer}`)
  const steps = wanted ?? profile.steps
  const started = performance.now()
  const { weights, tokens } = await train(profile, {
    seed,
    steps,
    onStep(step, loss, gradNorm, seen) {
      if (step % Math.ceil(steps / 50) !== 0 && step !== steps) return
      const seconds = (performance.now() - started) / 1000
      const left = Math.round((seconds / step) * (steps - step))
      const rate = Math.round(seen / seconds)
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

try {
  const args = process.argv.slice(2)
  const chosen = settings(args)
  await (chosen.peer === EVERYONE ? makeEveryone(args) : makePeer(chosen))
} catch (error) {
  console.error(error instanceof ColloquyError ? error.message : error)
  process.exitCode = 1
}
