import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { beginTrlExport } from '../../src/cli/learn/export_trl'
import { LEARN, learnOptions } from '../../src/cli/learn/learn_options'
import { presetConfig } from '../../src/config/presets'
import { sameAnswer, writtenAnswer } from '../../src/tasks/answers'
import { wordProblems } from '../../src/tasks/word_problems'
import { adapterFolder, trlFiles } from '../../src/trl/files'
import { toBase64 } from '../../workers/wire'
import { commandLine } from './command_line'
import { PYTHON } from './python'

const parse = commandLine(LEARN, learnOptions)

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'colloquy-trl-'))
})
afterAll(() => rmSync(folder, { recursive: true }))
const read = (path: string) => readFileSync(join(folder, path), 'utf8')

describe('the settings', () => {
  const config = presetConfig('duet', {
    numGenerations: 6,
    questionsPerStep: 3,
    epsilonHigh: 0.28,
    maskTruncated: true,
    lossType: 'dr_grpo',
    peers: [
      { id: 'ada', source: 'hub:x/y' },
      { id: '../bo', source: 'hub:x/y', thinking: true },
    ],
  })
  const files = trlFiles(config, wordProblems)
  const json = (path: string) => JSON.parse(files.get(path) ?? '')

  it('are the run’s, by TRL’s names', () => {
    expect(json('grpo_config.json')).toMatchObject({
      max_steps: 24,
      per_device_train_batch_size: 6,
      gradient_accumulation_steps: 3,
      num_generations: 6,
      learning_rate: 1e-3,
      lr_scheduler_type: 'constant_with_warmup',
      warmup_steps: 5,
      epsilon: 0.2,
      epsilon_high: 0.28,
      beta: 0,
      loss_type: 'dr_grpo',
      scale_rewards: 'group',
      importance_sampling_level: 'token',
      mask_truncated_completions: true,
      max_completion_length: 256,
      temperature: 1,
    })
    expect(json('colloquy.json')).toEqual(config)
  })

  it('count optimizer steps, several per step where a batch is used several times', () => {
    const settings = { steps: 10, warmupSteps: 4, evalEvery: 5, checkpointEvery: 2, questionsPerStep: 3 }
    const several = trlFiles(presetConfig('duet', { ...settings, numIterations: 3 }), wordProblems)
    // TRL: a generation is used for steps_per_generation x num_iterations passes, an optimizer step takes
    // gradient_accumulation_steps of them, and steps_per_generation is gradient_accumulation_steps unless
    // given.
    expect(JSON.parse(several.get('grpo_config.json') ?? '')).toMatchObject({
      num_iterations: 3,
      gradient_accumulation_steps: 3,
      max_steps: 30,
      warmup_steps: 12,
      eval_steps: 15,
      save_steps: 6,
    })
    expect(several.get('grpo_config.json')).not.toContain('steps_per_generation')
  })

  it('enable thinking for a thinking peer, in a valid folder', () => {
    const [ada, bo] = ['ada', '../bo'].map((id) => json(`${adapterFolder(id)}/grpo_config.json`))
    expect(ada).toEqual({ chat_template_kwargs: { enable_thinking: false }, max_completion_length: 256 })
    expect(bo.chat_template_kwargs).toEqual({ enable_thinking: true })
    expect(bo.max_completion_length).toBeGreaterThan(1000)
    expect(adapterFolder('../bo')).toBe('adapters/%2E.%2Fbo')
  })

  it('have the run’s longest completion, thoughts included', () => {
    const longer = trlFiles({ ...config, maxCompletionLength: 600 }, wordProblems)
    const lengths = [
      'grpo_config.json',
      ...['ada', '../bo'].map((id) => `${adapterFolder(id)}/grpo_config.json`),
    ]
    for (const path of lengths)
      expect(JSON.parse(longer.get(path) ?? '').max_completion_length, path).toBe(600)
  })

  it('have questions in words, with no held-out one among the trained', () => {
    const lines = (path: string) =>
      (files.get(path) ?? '')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
    const [train, heldout] = [lines('train.jsonl'), lines('heldout.jsonl')]
    expect(train).toHaveLength(4000)
    expect(heldout).toHaveLength(config.evalSize)
    const { prompt, answer } = train[0]
    expect(prompt).toEqual([{ role: 'user', content: expect.stringMatching(/^Problem: [\s\S]*#### 12$/) }])
    expect(answer).toMatch(/^-?\d+$/)
    const known = new Set(train.map(({ id }) => id))
    expect(heldout.filter(({ id }) => known.has(id))).toEqual([])
  })
})

describe('the folder', () => {
  it('has all training questions of a file, the scripts, and adapters as they come', async () => {
    const questions = join(folder, 'questions.jsonl')
    const lines = Array.from({ length: 60 }, (_, i) => ({
      question: `What is ${i} + 1?`,
      answer: `#### ${i + 1}`,
    }))
    writeFileSync(questions, lines.map((line) => JSON.stringify(line)).join('\n'))
    const config = presetConfig('gsm8k', { questionFile: questions, evalSize: 5 })
    const trl = await beginTrlExport(config, join(folder, 'out'))
    const weights = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251)
    const adapter = { type: 'adapter', peer: 'ann', weights: toBase64(weights) } as const
    await trl.adapter({ ...adapter, writes: 'answers', config: { r: 16 } })
    await trl.adapter({ ...adapter, writes: 'discussions', config: { r: 8 } })
    expect(read('out/train.jsonl').trimEnd().split('\n').length).toBeGreaterThan(30)
    expect(read('out/heldout.jsonl').trimEnd().split('\n')).toHaveLength(5)
    expect(JSON.parse(read('out/adapters/ann/adapter_config.json'))).toEqual({ r: 16 })
    expect(read('out/adapters/ann/README.md')).toMatch(/^ann answered alone/)
    // `train.py` takes every folder in `adapters` for a peer.
    expect(readdirSync(join(folder, 'out/adapters')).filter((name) => name.startsWith('ann'))).toEqual([
      'ann',
    ])
    expect(JSON.parse(read('out/adapters/ann/discussion/adapter_config.json'))).toEqual({ r: 8 })
    expect(read('out/adapters/ann/discussion/README.md')).toMatch(/^ann analyzed/)
    const file = readFileSync(join(folder, 'out/adapters/ann/adapter_model.safetensors'))
    expect(file.equals(weights)).toBe(true)
    expect(read('out/train.py')).toContain('GRPOTrainer')
  })

  it('is not written for a task that TRL cannot judge, nor to an invalid place', async () => {
    const code = presetConfig('duet', { task: 'code' })
    await expect(beginTrlExport(code, folder)).rejects.toMatchObject({ code: 'config' })
    const file = join(folder, 'file')
    writeFileSync(file, '')
    await expect(beginTrlExport(presetConfig('duet'), file)).rejects.toMatchObject({ code: 'storage' })
  })

  it('is named by an option', () => {
    expect(parse(['--export-trl', 'there'])?.exportTrl).toBe('there')
    expect(parse([])?.exportTrl).toBeNull()
  })
})

const CASES: readonly (readonly [text: string, answer: string])[] = [
  ['so 3*4=12\n#### 12', '12'],
  ['#### 12\nno, #### 13', '12'],
  ['#### 1,250.00', '1250'],
  ['#### $18', '18.00'],
  ['The answer is \\boxed{\\frac{6}{8}}.', '3/4'],
  ['\\boxed{-\\frac34}', '-0.75'],
  ['\\boxed{\\text{east}}', 'East'],
  ['#### 1 1/2', '1.5'],
  ['#### 50%', '50'],
  ['#### 50%', '0.5'],
  ['#### 18 dollars per day', '18'],
  ['#### 18 dozen', '18'],
  ['#### x = 5', '5'],
  ['#### **72**', '72'],
  ['#### 42. She has 42 apples.', '42'],
  ['#### 7/0', '7'],
  ['#### 1,2', '12'],
  ['####', '1'],
  ['nothing', '1'],
  ['\\boxed{12', '12'],
  ['#### 5 \\boxed{6}', '6'],
  ['\\boxed{6} #### 5', '6'],
  ['#### \u22123', '-3'],
  ['#### 30°', '30'],
  ['#### 5 m', '5'],
  ['#### 3 x', '3'],
  ['#### blue', 'Blue'],
  ['#### y = 5', 'x = 5'],
  ['#### x = 5', 'x = 5.0'],
  ['#### 5 m', '5 cm'],
  ['#### 5 cm', '5 centimeters'],
  ['#### 12 cm^2', '12 cm'],
  ['#### 60 km/h', '60'],
  ['#### 60 km/h', '60 miles/hour'],
  ['#### 11,\\! 111', '11111'],
  ['#### \uff19', '9'],
  ['#### 3\u20135', '-2'],
  ['#### AB', 'ab'],
  ['#### X - Y', 'x - y'],
  ['#### No', 'no'],
  ['#### 50%', '50 dollars'],
  ['#### 5 squared', '5'],
  ['#### 7 hundredths', '7'],
]

describe.skipIf(!PYTHON)('the reward in Python', () => {
  const run = (code: string, input: unknown): unknown =>
    JSON.parse(
      execFileSync('python3', ['-c', `import json, sys\n${code}`], {
        cwd: join(folder, 'out'),
        input: JSON.stringify(input),
        encoding: 'utf8',
        env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      }),
    )

  it('compiles, as does the script that trains', () => {
    const scripts = ['reward', 'train', 'answers', 'tidy', 'formula', 'values', 'written_numbers']
    const compiling = scripts.map(
      (script) => `compile(open("src/trl/${script}.py", encoding="utf-8").read(), "${script}", "exec")`,
    )
    expect(() => execFileSync('python3', ['-c', compiling.join('\n')])).not.toThrow()
  })

  it('agrees with the checker', () => {
    const wanted = CASES.map(([text, answer]) => {
      const found = writtenAnswer(text)
      return Number(found !== null && sameAnswer(found, answer))
    })
    const found = run(
      `from reward import correct\ncases = json.load(sys.stdin)\nprint(json.dumps(correct([c[0] for c in cases], [c[1] for c in cases])))`,
      CASES,
    )
    const named = (values: unknown) => CASES.map((each, i) => [...each, (values as number[])[i]])
    expect(named(found)).toEqual(named(wanted))
    expect(wanted.filter(Boolean).length).toBeGreaterThan(12)
  })

  it('reads conversations without thoughts, and pays a little for a readable wrong answer', () => {
    const said = ['<think>#### 5</think>\n#### 4', '<think>#### 5', '#### 5', 'five'].map((content) => [
      { role: 'assistant', content },
    ])
    const graded = `from reward import graded\nprint(json.dumps(graded(json.load(sys.stdin), ["5"] * 4, prompts=None)))`
    expect(run(graded, said)).toEqual([0.1, 0, 1, 0])
  })
})
