import { groupAdvantages } from '../../src/grpo/group_advantages'
import type { AdvantageRequest } from '../../src/grpo/types'
import type { RunEvent, RunState } from '../../src/ilr/events'
import { LiveRun } from '../../src/ilr/live_run'
import type { RunPorts } from '../../src/ilr/run'
import type {
  AdapterState,
  Completion,
  GenerateRequest,
  OnText,
  Peer,
  UpdateReport,
  UpdateRequest,
} from '../../src/model/peer'
import { Stream } from '../../src/random'
import { parseRunConfig, type RunConfig } from '../../src/runs/config'
import type { Question, Split, Task } from '../../src/tasks/task'

/** Questions "<n>?" whose answer is n mod 10; n mod 3 decides the split, so that a prompt tells its split. */
const SPLITS: readonly Split[] = ['train', 'validation', 'heldout']

export function numberOf(prompt: string): number {
  return Number(/(\d+)\?/.exec(prompt)?.[1])
}
export function splitOfPrompt(prompt: string): Split {
  return SPLITS[numberOf(prompt) % 3]
}

export const digitTask: Task = {
  name: 'digits',
  skills: ['even', 'odd'],
  maxNewTokens: { share: 8, analyze: 6, fuse: 10 },
  questions(split, key, n) {
    const stream = new Stream(key)
    const seen = new Set<number>()
    while (seen.size < n) seen.add(3 * stream.int(0, 3000) + SPLITS.indexOf(split))
    return [...seen].map(
      (number): Question => ({
        id: `n${number}`,
        text: `${number}?`,
        answer: String(number % 10),
        skill: number % 2 === 0 ? 'even' : 'odd',
        level: 1,
        steps: [],
      }),
    )
  },
  sharePrompt: ({ text }) => `share ${text}`,
  analyzePrompt: ({ question, mode, own, others }) =>
    `analyze ${question.text} ${mode} own=${own} others=${others.join(',')}`,
  fusePrompt: ({ question, mode, own, others, analysis }) =>
    `fuse ${question.text} ${mode} own=${own} others=${others.join(',')} analysis=${analysis}`,
  reward({ answer }, completion) {
    const given = digitTask.answerOf(completion)
    const correct = given === answer
    const total = correct ? 1 : given === null ? 0 : 0.1 + 0.03 * Number(given)
    return { total, correct, parts: { correct: Number(correct), format: Number(given !== null) } }
  },
  analysisReward(_, completion) {
    const total = (completion.charCodeAt(0) % 5) / 4
    return { total, correct: total === 1, parts: { correct: Number(total === 1), format: 1 } }
  },
  answerOf: (completion) => /#(\d)/.exec(completion)?.[1] ?? null,
}

export interface Script {
  /** Resolves late, or never, before a call of this kind is answered. */
  readonly wait?: (peer: string, kind: 'generate' | 'update', call: number) => Promise<void> | undefined
  /** Updates with these numbers (from 1) are not finite. */
  readonly broken?: readonly number[]
  /** Share of right answers to begin with; 0.5 where not said. */
  readonly skill?: number
}

/** A peer whose answers depend on prompt, key and parameters alone, and which remembers what it was asked. */
export class ScriptedPeer implements Peer {
  readonly generated: { request: GenerateRequest; completions: Completion[] }[] = []
  readonly updates: UpdateRequest[] = []
  readonly advantageCalls: AdvantageRequest[] = []
  closed = 0
  private parameters: Float32Array
  private steps = 0
  private calls = 0

  constructor(
    readonly id: string,
    private readonly script: Script = {},
  ) {
    this.parameters = new Float32Array([script.skill ?? 0.5, 0])
  }

  async generate(request: GenerateRequest, onText?: OnText): Promise<Completion[]> {
    this.calls++
    const completions = request.samples.map(({ prompt, key }) => {
      const [a, b] = [new Stream(key).uniform(), new Stream([key[1], key[0]]).bits()]
      const luck = request.temperature === 0 ? ((numberOf(prompt) + prompt.length) % 100) / 100 : a
      const digit = luck < this.parameters[0] ? numberOf(prompt) % 10 : b % 10
      const text = b % 23 === 0 ? 'none' : `#${digit}${'.'.repeat(b % 3)}`
      return {
        promptIds: codes(prompt),
        ids: codes(text),
        logprobs: codes(text).map((_, n) => -luck - n / 8),
        text,
        truncated: b % 23 === 0,
      }
    })
    onText?.([{ row: 0, text: completions[0].text.slice(0, 1) }])
    await this.script.wait?.(this.id, 'generate', this.calls)
    onText?.([
      { row: 0, text: completions[0].text.slice(1) },
      { row: 1, text: 'another row' },
    ])
    this.generated.push({ request, completions })
    return completions
  }

  async advantages(request: AdvantageRequest) {
    this.advantageCalls.push(request)
    return groupAdvantages(request)
  }

  async update(request: UpdateRequest): Promise<UpdateReport> {
    this.updates.push(request)
    await this.script.wait?.(this.id, 'update', this.updates.length)
    const skipped = this.script.broken?.includes(this.updates.length) ?? false
    if (!skipped) {
      this.steps++
      this.parameters[0] += request.learningRate
      for (const { advantage, ids } of request.sequences) this.parameters[1] += advantage * ids.length
    }
    const loss = skipped ? Number.NaN : 0.25
    return {
      loss,
      kl: 0,
      entropy: 1,
      clipLow: 0,
      clipHigh: 0,
      clipRegion: 0,
      logpDifferenceMean: 0,
      logpDifferenceMax: this.id === 'ada' ? 0.5 : 0.25,
      gradNorm: loss,
      tokens: request.sequences.reduce((sum, { ids }) => sum + ids.length, 0),
      skipped,
    }
  }

  async adapterState(): Promise<AdapterState> {
    const parameters = [this.parameters.slice()]
    return { updates: this.steps, parameters, firstMoments: [], secondMoments: [] }
  }
  async restore({ updates, parameters }: AdapterState): Promise<void> {
    this.steps = updates
    this.parameters = parameters[0].slice()
  }
  async close(): Promise<void> {
    this.closed++
  }
}

export function codes(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0))
}

export function tinyConfig(settings: Partial<RunConfig> = {}): RunConfig {
  return parseRunConfig({
    preset: 'duet',
    peers: [
      { id: 'ada', source: 'models/ada' },
      { id: 'bo', source: 'models/bo' },
    ],
    steps: 4,
    questionsPerStep: 3,
    numGenerations: 4,
    learningRate: 0.02,
    warmupSteps: 2,
    difficultyReferences: 4,
    abilityQuestions: 12,
    refreshAbilityEvery: 2,
    evalEvery: 2,
    evalSize: 10,
    checkpointEvery: 2,
    ...settings,
  })
}

/** A run of scripted peers, with the checkpoints it leaves. */
export function scriptedRun(config: RunConfig, script: Script = {}, from: RunState | null = null) {
  const peers = config.peers.map(({ id }) => new ScriptedPeer(id, script))
  const saved: RunState[] = []
  const kept: (readonly RunEvent[])[] = []
  let time = 0
  const ports: RunPorts = {
    loadPeers: async (_, onProgress) => {
      for (const { id } of peers) onProgress(id, 1)
      return peers
    },
    now: () => time++,
    saveState: async (state, events) => {
      saved.push(structuredClone(state))
      kept.push(structuredClone([...events]))
    },
    loadState: async () => from,
  }
  return { run: new LiveRun(config, ports, digitTask), peers, saved, kept, ports }
}

export async function eventsOf(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of run) events.push(event)
  return events
}

export function ofType<T extends RunEvent['type']>(events: readonly RunEvent[], type: T) {
  return events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type)
}
