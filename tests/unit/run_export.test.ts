import { beforeAll, describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/ilr/events'
import { metricsCsv, metricsJsonl, trainerState } from '../../src/runs/export/metrics'
import { literalBlock, literalLine, transcript } from '../../src/runs/export/transcript'
import type { RunRecord } from '../../src/runs/file/run_record'
import { ofType } from './ilr_scripted'
import { scriptedRecords } from './run_file_forge'

let record: RunRecord
beforeAll(async () => {
  const { records } = await scriptedRecords({ evalMethods: ['idea3', 'vote', 'sampled'] })
  record = records[1]
})

describe('trainer_state.json', () => {
  /**
   * The fields of transformers' TrainerState (4.57). It is built from the file's fields by name, so an
   * unknown field would not load.
   */
  const FIELDS = `best_global_step best_metric best_model_checkpoint epoch eval_steps global_step is_hyper_param_search
    is_local_process_zero is_world_process_zero log_history logging_steps max_steps num_input_tokens_seen num_train_epochs
    save_steps stateful_callbacks total_flos train_batch_size trial_name trial_params`
  /** GRPOTrainer's logged values of a step, as in files on the hub, as far as Colloquy measures them. */
  const LOGGED = `clip_ratio/high_mean clip_ratio/low_mean clip_ratio/region_mean completions/clipped_ratio
    completions/max_length completions/mean_length completions/min_length entropy epoch frac_reward_zero_std grad_norm
    learning_rate loss num_tokens reward reward_std sampling/sampling_logp_difference/max
    sampling/sampling_logp_difference/mean step step_time`

  it('has the fields of TrainerState, and TRL’s names of the logged values', () => {
    const state = JSON.parse(JSON.stringify(trainerState(record)))
    expect(Object.keys(state).sort()).toEqual(FIELDS.split(/\s+/))
    expect(state).toMatchObject({ global_step: 4, max_steps: 4, epoch: 1, eval_steps: 2, save_steps: 2 })
    const history: Record<string, number>[] = state.log_history
    expect(history.map(({ step }) => step)).toEqual([0, 1, 2, 2, 3, 4, 4])
    expect(history.map(({ epoch }) => epoch)).toEqual([0, 0.25, 0.5, 0.5, 0.75, 1, 1])
    for (const name of LOGGED.split(/\s+/)) expect(history[1], name).toHaveProperty([name])
    // As in TRL where beta is 0.
    expect(history[1]).not.toHaveProperty(['kl'])
    expect(metricsCsv(record)).not.toMatch(/\bkl\b/)
    const [first] = ofType(record.events, 'step')
    expect(history[1]).toEqual({ ...first.metrics, epoch: 0.25, step: 1 })
    const [before] = ofType(record.events, 'eval')
    expect(history[0]['eval_solo/bo']).toBe(before.solo.bo)
    expect(history[0].eval_solo).toBeCloseTo((before.solo.ada + before.solo.bo) / 2, 12)
    expect(history[0]['eval_sampled/ada/odd']).toBe(before.sampled?.ada.odd)
    for (const entry of history)
      for (const [name, value] of Object.entries(entry)) expect(typeof value, name).toBe('number')
  })
})

describe('trainer_state.json of a run with three iterations per batch', () => {
  it('counts optimizer steps', () => {
    const state = trainerState({ ...record, config: { ...record.config, numIterations: 3 } })
    expect(state).toMatchObject({ global_step: 12, max_steps: 12, epoch: 1, eval_steps: 6, save_steps: 6 })
    expect(state).toMatchObject({ logging_steps: 3 })
    const history = JSON.parse(JSON.stringify(state.log_history)) as { step: number }[]
    expect(history.map(({ step }) => step)).toEqual([0, 3, 6, 6, 9, 12, 12])
  })
})

describe('metrics', () => {
  it('have one line for the configuration, and one per step and evaluation', () => {
    const lines = metricsJsonl(record)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines[0]).toEqual({ type: 'run', ...record.config })
    expect(lines.slice(1)).toEqual(record.events.filter(({ type }) => type !== 'exchange'))
  })

  it('have one CSV row per step, with the evaluation after it', () => {
    const [head, ...rows] = metricsCsv(record)
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','))
    const table = rows.map((row) => Object.fromEntries(row.map((cell, i) => [head[i], cell])))
    expect(table.map(({ step }) => step)).toEqual(['0', '1', '2', '3', '4'])
    expect(new Set(head).size).toBe(head.length)
    for (const { step, metrics } of ofType(record.events, 'step'))
      for (const [name, value] of Object.entries(metrics)) expect(Number(table[step][name]), name).toBe(value)
    const evaluated = ofType(record.events, 'eval')
    expect(table.map((row) => row['eval_solo/ada'])).toEqual(
      [0, 1, 2, 3, 4].map((at) => String(evaluated.find(({ step }) => step === at)?.solo.ada ?? '')),
    )
    expect(table[0].reward).toBe('')
  })

  it('cannot make a spreadsheet execute a formula', () => {
    const [step] = ofType(record.events, 'step')
    const metrics = { '=HYPERLINK("http://x","y")': 1, 'a,b\r\n': 2 }
    const [head] = metricsCsv({ ...record, events: [{ ...step, metrics }] }).split('1,1,2')
    expect(head).toBe('step,"\'=HYPERLINK(""http://x"",""y"")","a,b\r\n"\n')
  })
})

/** Splits Markdown at CommonMark fences: the text inside fences, and the lines outside. */
function fenced(markdown: string): { inside: string[]; outside: string } {
  const inside: string[] = []
  const outside: string[] = []
  let open: { fence: string; lines: string[] } | null = null
  for (const line of markdown.split(/\r\n|\r|\n/)) {
    const ticks = /^ {0,3}(`{3,})([^`]*)$/.exec(line)
    if (open) {
      if (ticks && ticks[2].trim() === '' && ticks[1].length >= open.fence.length) {
        inside.push(open.lines.join('\n'))
        open = null
      } else open.lines.push(line)
    } else if (ticks) open = { fence: ticks[1], lines: [] }
    else outside.push(line)
  }
  expect(open).toBeNull()
  return { inside, outside: outside.join('\n') }
}

describe('the transcript', () => {
  const HOSTILE = [
    '<script>alert(1)</script>',
    '```\n# out\n```',
    '````text\n<img src=x onerror=alert(1)>',
    '[a](javascript:alert(1)) ![b](http://evil.example/x.png)',
    '\r```\r# a carriage return\r',
    '~~~\n---\n> q\n| a | b |',
  ]

  it('shows each step: the question, each peer’s idea, analysis and answer, and their rewards', () => {
    const text = transcript(record)
    expect(text.match(/^## .*$/gm)).toEqual(['## Step 1', '## Step 2', '## Step 3', '## Step 4'])
    const { inside } = fenced(text)
    const [{ exchange }] = ofType(record.events, 'exchange')
    const stages = ['share', 'analyze', 'fuse'].flatMap((stage) =>
      ['ada', 'bo'].map((peer) => exchange.peers[peer].find((one) => one.stage === stage)?.text.trimEnd()),
    )
    expect(inside.slice(0, 7)).toEqual([exchange.question.text, ...stages])
    const own = exchange.peers.ada[0]
    expect(text).toContain(
      `**ada**, ${own.reward.correct ? 'right' : 'wrong'}: reward ${own.reward.total.toFixed(2)}`,
    )
    expect(text).toContain(`They **${exchange.mode}**. `)
    expect(text).toMatch(/Probably (not )?solvable alone \(\d+ %/)
    expect(text).toMatch(/\| ada \| 0\.\d\d \| [01]\.\d\d \| 0\.\d\d \|/)
    expect(text).toMatch(
      /> Held-out questions after step 2, each peer alone: ada \d+\.\d %, bo \d+\.\d % right of 10\./,
    )
    expect(text).toContain(record.state.digest)
  })

  it.each(HOSTILE)('shows %j as text', (hostile) => {
    const said = (exchange: Exchange): Exchange => ({
      ...exchange,
      question: { ...exchange.question, text: hostile, answer: hostile, skill: hostile },
      peers: Object.fromEntries(
        Object.entries(exchange.peers).map(([peer, texts]) => [
          peer,
          texts.map((one) => ({ ...one, text: hostile })),
        ]),
      ),
    })
    const events = record.events.map((event) =>
      event.type === 'exchange' ? { ...event, exchange: said(event.exchange) } : event,
    )
    const config = { ...record.config, preset: hostile }
    const { inside, outside } = fenced(transcript({ ...record, config, events }))
    expect(inside).toHaveLength(4 * 7)
    for (const block of inside) expect(block).toBe(hostile.replaceAll('\r', '\n').replace(/\n+$/, ''))
    // Hostile punctuation has no meaning in the lines outside.
    const meant = outside.replace(/\\[!-~]/g, '')
    for (const mark of ['<', '](', '![', '`text', '~~~', '# out', '# a']) expect(meant).not.toContain(mark)
    expect(outside.match(/^#+ .*$/gm)).toHaveLength(1 + 4 * 4)
  })

  it('escapes control characters and bidirectional marks', () => {
    expect(literalBlock('a\u001b[2Jb\u202ec\ud800\td')).toBe(
      '```text\na\\u{1b}[2Jb\\u{202e}c\\u{d800}\td\n```',
    )
    expect(literalLine('1. a\n# b *c* 👩‍🔬 é')).toBe('1\\. a \\# b \\*c\\* 👩‍🔬 é')
  })
})
