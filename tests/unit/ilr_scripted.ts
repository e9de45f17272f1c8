import { parseRunConfig, type RunConfig } from '../../src/config/config'
import { discussionAdapterOf } from '../../src/config/training'
import { groupAdvantages } from '../../src/grpo/group_advantages'
import type { AdvantageRequest } from '../../src/grpo/types'
import type { RunEvent, RunState } from '../../src/ilr/events'
import { LiveRun } from '../../src/ilr/live_run'
import type { RunPorts } from '../../src/ilr/run'
import {
  type AdapterState,
  type Completion,
  discussionId,
  type GenerateRequest,
  type OnText,
  type Peer,
  type TokenSpans,
  type TrainSequence,
  type UpdateReport,
  type UpdateRequest,
  type WatchedSequence,
} from '../../src/model/peer'
import { f32Bytes, type HashState, PartHash } from '../../src/part_hash'
import { type Key, Stream } from '../../src/random'
import type { Task } from '../../src/tasks/task'
import { digitTask, numberOf, numbersOf } from './ilr_digits'

export interface Script {
  /** A call of this kind waits for this promise, which resolves late or never. */
  readonly wait?: (peer: string, kind: 'generate' | 'update', call: number) => Promise<void> | undefined
  /** Numbers (from 1) of the updates that are not finite. */
  readonly broken?: readonly number[]
  /** Fingerprints of the peers' models; default: no files. */
  readonly fingerprints?: Readonly<Record<string, string>>
  /** `Peer.notice` of every peer; none by default. */
  readonly notice?: string
  /** Initial share of right answers; default 0.5. It grows by the learning rate with every update. */
  readonly skill?: number
  /** Returns the share of right answers after a number of updates, instead of `skill`. */
  readonly course?: (peer: string, updates: number) => number
  /** Returns the answer to a question, instead of a random one. */
  readonly say?: (peer: string, question: number) => string
  /** One in this many answers has no end and is unreadable; 0 means none. Default 23. */
  readonly unreadable?: number
  /** Returns the reply to a request to order questions; default: larger numbers are harder. */
  readonly order?: (peer: string, listed: readonly number[]) => string
}

/** Writes `2, 3, 1`: the places, from 1, of the numbers in ascending order. */
export function ascending(listed: readonly number[]): string {
  const places = listed.map((_, i) => i + 1)
  return places.sort((a, b) => listed[a - 1] - listed[b - 1]).join(', ')
}

/** Whether a prompt is the judge's request for an order of questions. */
export function asksForOrder(prompt: string): boolean {
  return /^1\. \d+\?$/m.test(prompt)
}

/** A peer whose answers depend only on prompt, parameters and, for samples, key. It records its requests. */
export class ScriptedPeer implements Peer {
  readonly generated: { request: GenerateRequest; completions: Completion[] }[] = []
  readonly updates: UpdateRequest[] = []
  readonly advantageCalls: AdvantageRequest[] = []
  readonly encoded: string[] = []
  closed = 0
  statesAsked = 0
  private parameters: Float32Array
  private steps = 0
  private calls = 0

  constructor(
    readonly id: string,
    private readonly script: Script = {},
    readonly discussion?: ScriptedPeer,
  ) {
    this.parameters = new Float32Array([script.course?.(id, 0) ?? script.skill ?? 0.5, 0])
  }

  get fingerprint(): string | undefined {
    return this.script.fingerprints?.[this.id]
  }

  get notice(): string | undefined {
    return this.script.notice
  }

  async generate(request: GenerateRequest, onText?: OnText): Promise<Completion[]> {
    this.calls++
    const { script } = this
    const greedy = request.temperature === 0
    const completions = request.samples.map(({ prompt, key: sampled }) => {
      const key: Key = greedy ? [numberOf(prompt) >>> 0, prompt.length] : sampled
      const [a, b] = [new Stream(key).uniform(), new Stream([key[1], key[0]]).bits()]
      const luck = greedy ? ((numberOf(prompt) + prompt.length) % 100) / 100 : a
      const digit = luck < this.parameters[0] ? numberOf(prompt) % 10 : b % 10
      const unread = b % (script.unreadable ?? 23) === 0
      const text = asksForOrder(prompt)
        ? (script.order?.(this.id, numbersOf(prompt)) ?? ascending(numbersOf(prompt)))
        : (script.say?.(this.id, numberOf(prompt)) ?? (unread ? 'none' : `#${digit}${'.'.repeat(b % 3)}`))
      return {
        promptIds: codes(prompt),
        ids: codes(text),
        logprobs: codes(text).map((_, n) => -luck - n / 8),
        text,
        truncated: text === 'none',
      }
    })
    onText?.([{ row: 0, text: completions[0].text.slice(0, 1) }])
    await script.wait?.(this.id, 'generate', this.calls)
    onText?.([
      { row: 0, text: completions[0].text.slice(1) },
      { row: 1, text: 'another row' },
    ])
    this.generated.push({ request, completions })
    return completions
  }

  async encode(texts: readonly string[]): Promise<number[][]> {
    this.encoded.push(...texts)
    return texts.map((text) => [...codes(text), stopOf(this.id)])
  }

  /** Each letter is a token. */
  async spans(completions: readonly (readonly number[])[]): Promise<TokenSpans[]> {
    return completions.map((ids) => ({ thoughts: 0, lengths: ids.map(() => 1) }))
  }

  async advantages(requests: readonly AdvantageRequest[]) {
    this.advantageCalls.push(...requests)
    return requests.map(groupAdvantages)
  }

  /**
   * Every report differs: `kl` and the sampler's gap are hundredths of the number of updates. Each update
   * moves a watched sequence an eighth further from the sampler, in logprobs.
   */
  async update(request: UpdateRequest): Promise<UpdateReport> {
    this.updates.push(request)
    const number = this.steps + 1
    await this.script.wait?.(this.id, 'update', this.updates.length)
    const skipped = this.script.broken?.includes(this.updates.length) ?? false
    if (!skipped) {
      this.steps++
      this.parameters[0] =
        this.script.course?.(this.id, this.steps) ?? this.parameters[0] + request.learningRate
      for (const { advantage, ids } of request.sequences) this.parameters[1] += advantage * ids.length
    }
    const loss = skipped ? Number.NaN : 0.25
    return {
      loss,
      kl: number / 100,
      entropy: 1,
      clipLow: 0,
      clipHigh: 0,
      clipRegion: 0,
      logpDifferenceMean: number / 100,
      logpDifferenceMax: this.id === 'ada' ? 0.5 : 0.25,
      gradNorm: loss,
      tokens: request.sequences.reduce((sum, { ids }) => sum + ids.length, 0),
      skipped,
      watched: (request.watched ?? []).map((place) => this.watch(request.sequences, place)),
    }
  }

  private watch(sequences: readonly TrainSequence[], place: number): WatchedSequence {
    const { oldLogprobs, ids, advantage } = sequences[place]
    const nth = this.updates.filter((one) => one.sequences === sequences).length - 1
    const moved = (updates: number) =>
      Float32Array.from(oldLogprobs ?? ids.map(() => -1), (logprob) => logprob + updates / 8)
    const ratios = new Float64Array(ids.length).fill(Math.exp(nth / 8))
    const clips = ids.map(() => (nth === 2 && advantage > 0 ? ('high' as const) : null))
    return {
      loss: advantage === 0 ? null : { logprobs: moved(nth), ratios, clips },
      logprobs: moved(nth + 1),
    }
  }

  async hashParameters(hash: HashState): Promise<HashState> {
    return PartHash.carryOn(hash).add(f32Bytes(this.parameters)).state()
  }
  async adapterState(): Promise<AdapterState> {
    this.statesAsked++
    const parameters = [this.parameters.slice()]
    const moments = () => [Float32Array.of(this.steps, 0)]
    return { updates: this.steps, parameters, firstMoments: moments(), secondMoments: moments() }
  }
  async restore({ updates, parameters }: AdapterState): Promise<void> {
    this.steps = updates
    this.parameters = parameters[0].slice()
  }
  async close(): Promise<void> {
    this.closed++
    await this.discussion?.close()
  }
}

/** Returns the peers of a run, each with another one for its discussions where the run wants that. */
export function scriptedPeers(config: RunConfig, script: Script = {}): ScriptedPeer[] {
  const isShared = discussionAdapterOf(config) === 'shared'
  return config.peers.map(({ id }) => {
    const discussion = isShared ? undefined : new ScriptedPeer(discussionId(id), script)
    return new ScriptedPeer(id, script, discussion)
  })
}

export function codes(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0))
}
/** Returns the stop token of a peer's own tokenizer. */
export function stopOf(peer: string): number {
  return 1000 + peer.charCodeAt(0)
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

/** Runs scripted peers, and returns the run with its checkpoints. */
export function scriptedRun(
  config: RunConfig,
  script: Script = {},
  from: RunState | null = null,
  task: Task = digitTask,
) {
  const peers = scriptedPeers(config, script)
  const saved: RunState[] = []
  const kept: (readonly RunEvent[])[] = []
  const opened = { open: 0, closed: 0 }
  let time = 0
  const ports: RunPorts = {
    openTask: async () => {
      opened.open++
      return {
        task,
        notes: [],
        close: () => {
          opened.closed++
        },
      }
    },
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
    finish: async () => undefined,
  }
  return { run: new LiveRun(config, ports), peers, saved, kept, ports, opened }
}

export async function eventsOf(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of run) events.push(event)
  return events
}

export function ofType<T extends RunEvent['type']>(events: readonly RunEvent[], type: T) {
  return events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type)
}
