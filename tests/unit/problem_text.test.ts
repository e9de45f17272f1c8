/** Visitors' texts of the errors that the page can meet. */
import { expect, test } from 'vitest'
import { errorText, problemText } from '../../src/app/problem_text'
import { configOf, type SettingValue, settingsOf } from '../../src/app/settings/settings'
import { QWEN25_05B } from '../../src/bench/native/sizes'
import type { RunConfig } from '../../src/config/config'
import { presetConfig } from '../../src/config/presets'
import type { SettingName } from '../../src/config/setting_domain'
import type { ErrorDetail } from '../../src/errors'
import { hubAddress, parseSource } from '../../src/hub'
import { requireCompletionRoom } from '../../src/ilr/memory/run_tokens'
import type { ModelOutline } from '../../src/model/import/outline'
import { damage, refusedStore, typed } from '../../src/runs/checkpoint_entry'
import { readRunFile } from '../../src/runs/file/read_run_file'
import { MemoryCheckpoints } from '../../src/runs/memory_checkpoints'
import { readLink, shareLink } from '../../src/runs/share_link'
import { ownQuestion } from '../../src/tasks/own_question'
import { asOnlyWriter } from '../../workers/browser/tabs'
import { failure, rejection } from '../failure'

const QWEN: ModelOutline = {
  config: QWEN25_05B.config,
  dtypes: [],
  promptStyle: 'instructed',
  choosesThinking: false,
}
const duet = settingsOf(presetConfig('duet'))
const typedIn = (name: SettingName, value: SettingValue) => () =>
  configOf({ ...duet, values: { ...duet.values, [name]: value } })
const shared = (changes: Partial<RunConfig>) => () =>
  shareLink('', { config: presetConfig('duet', changes), models: [], result: null })
const run = shared({})()
const numbers = { isReadable: (answer: string) => /^\d+$/.test(answer), wanted: 'a whole number' }

test.each<readonly [work: () => unknown, text: string]>([
  [typedIn('seed', ''), 'Seed: enter a whole number, 0 or more.'],
  [typedIn('seed', '-1'), 'Seed: enter a whole number, 0 or more.'],
  [typedIn('steps', 'many'), 'Steps: enter a whole number from 1 to 100000.'],
  [typedIn('evalSize', '0'), 'Test size: enter a whole number from 1 to 10000.'],
  [typedIn('temperature', '0'), 'Temperature: enter a number above 0 and at most 10.'],
  [typedIn('method', 'guess'), 'Method: choose one of ilr, solo, share-only, self-debate.'],
  [
    () => configOf({ ...duet, base: { ...duet.base, peers: [{ id: 'ada', source: 'models/ada' }] } }),
    'ada alone cannot learn from others. Add a peer, or choose method solo.',
  ],
  [() => readLink(run.slice(0, -3)), 'This link is incomplete. Copy all of it again.'],
  [() => readLink('#run='), 'This link is incomplete. Copy all of it again.'],
  [() => readLink(run.replace('run=1', 'run=2')), 'This link is from a newer Colloquy. Reload the page.'],
  [
    () => readLink(`${run}&hide=consent`),
    'This link has "consent", which this page does not understand (hide). Ask for another link.',
  ],
  [
    shared({ questionFile: `https://h/${'x'.repeat(1500)}` }),
    'Questions from: 1510 characters are too many for a link. Shorten it.',
  ],
  [
    () => parseSource('https://me:secret@h/m'),
    '“https://me:secret@h/m” is no address of a model. Change it.',
  ],
  [
    () => hubAddress('huggingface', 'Change it'),
    '“huggingface” is no address of a hub. Enter one such as https://huggingface.co.',
  ],
  [
    () => readRunFile(Uint8Array.of(1, 2, 3)),
    'This file is not a run of Colloquy. Choose a .colloquy.zip file.',
  ],
  [
    () => {
      throw refusedStore(null)
    },
    'This browser lets the page keep nothing. Allow this site to keep data, and reload the page. Until then a run lasts as long as the page is open.',
  ],
  [
    () => {
      throw typed('kept runs', Object.assign(new Error(), { name: 'QuotaExceededError' }))
    },
    'This site has no space left. Delete kept runs, or free disk space.',
  ],
  [
    () => {
      throw damage('0123456789')
    },
    'The saved run 01234567 cannot be read (a damaged entry). Delete it and start the run again.',
  ],
  [() => ownQuestion(' ', null, numbers), 'Type a question, or take an example.'],
  [
    () => ownQuestion('How many?', 'some', numbers),
    '“some” cannot be checked. Write a whole number, or leave the answer out.',
  ],
])('%# is read as: %s', (work, text) => {
  expect(errorText(failure(work))).toBe(text)
})

test('answers too long for a model are read as one problem, with the setting as the page calls it', () => {
  const config = presetConfig('gsm8k', { maxCompletionLength: 2000 })
  expect(errorText(failure(() => requireCompletionRoom(config, { ann: QWEN })))).toMatch(
    /^Answers of ann: up to 8\d\d\d tokens with their prompts, but its model reads 4096\. Lower “Longest answer” to 9\d\d\.$/,
  )
})

test('a run without a checkpoint, and one in another tab, are one sentence each', async () => {
  expect(errorText(await rejection(new MemoryCheckpoints().load('0123456789')))).toBe(
    'Nothing of this run is saved yet. Start it again.',
  )
  const locks = { request: () => Promise.reject(new DOMException('', 'TimeoutError')) }
  const { navigator } = globalThis
  Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true })
  try {
    const events = asOnlyWriter('0123456789', async function* () {})
    expect(errorText(await rejection(events.next()))).toBe(
      'This run goes on in another tab. Read along here, or stop it there.',
    )
  } finally {
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true })
  }
})

/** Errors of a browser, a graphics card or a server that this test does not have. */
const ELSEWHERE: readonly (readonly [Omit<ErrorDetail, 'code' | 'wanted'> & { wanted?: string }, string])[] =
  [
    [
      {
        what: 'hub:owner/name',
        found: 'no connection to huggingface.co, 2 times in a row',
        todo: 'Check the connection and try again',
      },
      'huggingface.co could not be reached. Are you online?',
    ],
    [
      {
        what: 'hub:owner/name/onnx/model.onnx',
        found: 'no connection to huggingface.co, 6 times in a row; the 15.0 kB that came are kept',
        todo: 'Check the connection and try again: the download continues where it stopped',
      },
      'huggingface.co could not be reached. Are you online? The 15.0 kB that came are kept.',
    ],
    [
      { what: 'hub:owner/name', found: 'HTTP 404: not found', todo: 'Check the name and the revision' },
      'hub:owner/name was not found. Check the name and the revision.',
    ],
    [
      {
        what: 'hub:owner/name',
        found: 'HTTP 503, 6 times in a row',
        todo: 'Check the connection and try again',
      },
      'The server of hub:owner/name answers with error 503. Try again later.',
    ],
    [
      {
        what: 'models/nothing/config.json',
        found: 'no such file',
        todo: 'Check the name of the model folder and that it is complete',
      },
      'models/nothing/config.json was not found. Check the name of the model folder and that it is complete.',
    ],
    [
      {
        what: 'your question',
        found: '611 tokens, with what the peers say about it',
        wanted: "fewer than the model's 320 positions",
        todo: 'Ask a shorter one, or choose a model with a longer context',
      },
      'Too long for these tiny models (611 of 320 tokens).',
    ],
    [
      {
        what: 'memory of this run',
        found: 'ada needs about 5.1 GB of wasm memory, but the limit is 4.29 GB',
        todo: 'Lower numGenerations to 4; or choose a smaller model',
      },
      'Too little memory: ada needs about 5.1 GB of wasm memory, but the limit is 4.29 GB. Lower “Tries per question” to 4; or choose a smaller model.',
    ],
    [
      { what: 'backend "webgpu"', found: 'no WebGPU in this browser', todo: 'Choose backend "wasm"' },
      'This browser has no usable WebGPU. Choose wasm, or another browser.',
    ],
    [
      {
        what: 'GPU device',
        found: 'it was lost (destroyed)',
        todo: 'Close other pages that use the GPU',
      },
      'The graphics card stopped: it was lost. Close other pages that use the GPU.',
    ],
    [
      { what: 'worker of ada', found: 'it ended', todo: 'Try it again' },
      'The worker of ada has stopped: it ended. Try it again.',
    ],
    // No rule matches it.
    [
      { what: 'chat template of hub:a/b', found: 'one that fails (x)', todo: 'Download the model again' },
      'Chat template of hub:a/b: one that fails (x). Download the model again.',
    ],
  ]

test.each(ELSEWHERE)('%j is read as: %s', (parts, text) => {
  expect(problemText({ wanted: '', ...parts })).toBe(text)
})

test('an error without parts is a sentence as it is', () => {
  expect(errorText(new TypeError('Failed to fetch'))).toBe('Failed to fetch.')
  expect(errorText('Why?')).toBe('Why?')
})
