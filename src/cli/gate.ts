/** `npm run gate`: see `GATE`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readFolder } from '../../workers/node/read_folder'
import { PRESETS, presetConfig } from '../config/presets'
import { loadLocalPeer } from '../model/local_peer'
import type { Peer } from '../model/peer'
import { type GateOptions, measureGate } from '../pretrain/gate'
import { gateSection, withSection } from '../pretrain/gate_table'
import { mixed } from '../tasks/mixed'
import { halves, wordProblems } from '../tasks/word_problems'
import { runCommand } from './command'
import type { Command } from './options'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TASKS = [wordProblems, halves, mixed]

const GATE = {
  usage: 'npm run gate --',
  about:
    'Measures what untrained peers can do: whether difficulty sees what a peer gets wrong, whether the modes differ, ' +
    'whether analyses catch slips and quote truly. Writes a section of study/gate.md.',
  options: {
    preset: { value: 'NAME', help: 'Take the peers and the task of this preset', default: 'halves' },
    peers: { value: 'A,B', help: "Model folders beside models/, in the place of the preset's peers" },
    task: {
      value: 'NAME',
      help: `Their task, in the place of the preset's: ${TASKS.map(({ name }) => name).join(', ')}`,
    },
    title: { value: 'TEXT', help: "Title of the section; the preset's name unless given" },
    questions: { value: 'N', help: 'Held-out questions', default: '500' },
    samples: { value: 'N', help: 'Ideas of each peer on each question', default: '8' },
    seed: { value: 'N', help: 'Seed of questions, ideas and slips', default: '1' },
    out: { value: 'FILE', help: 'The document', default: 'study/gate.md' },
  },
} satisfies Command

await runCommand(GATE, async (given) => {
  const preset = given.choice('preset', Object.keys(PRESETS))
  const config = presetConfig(preset)
  const name = given.choice(
    'task',
    TASKS.map((task) => task.name),
  )
  const task = TASKS.find((one) => one.name === (name ?? config.task))
  if (!task) throw given.refusal('--preset', preset, "a preset of the embedded peers, such as 'halves'")
  const folders = given.text('peers')?.split(',') ?? config.peers.map(({ source }) => source)
  const options: GateOptions = {
    questions: given.wholeNumber('questions', 2),
    samples: given.wholeNumber('samples', 1),
    seed: given.wholeNumber('seed'),
  }
  const started = performance.now()
  const peers: Peer[] = []
  try {
    for (const source of folders)
      peers.push(
        await loadLocalPeer({
          id: basename(source),
          source,
          read: readFolder(ROOT, source),
          backend: 'wasm',
          loraRank: 1,
          loraAlpha: 1,
          seed: 0,
          threads: 1,
        }),
      )
    const gates = await measureGate(task, peers, options, (peer, part) => {
      const seconds = Math.round((performance.now() - started) / 1000)
      console.error(`${peer}: ${part} done after ${seconds} s`)
    })
    const title = given.text('title') ?? preset
    const section = gateSection(title, task.name, options, gates)
    const out = given.text('out')
    const older = existsSync(out) ? readFileSync(out, 'utf8') : null
    writeFileSync(out, withSection(older, title, section))
    console.log(`${section}\nWritten: ${out}`)
  } finally {
    for (const peer of peers) await peer.close()
  }
})
