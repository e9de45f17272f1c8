import { describe, expect, it } from 'vitest'
import { runsOn, SUITES } from '../../src/bench/results'
import { BENCH, benchOptions, KEPT_RESULTS } from '../../src/cli/bench/options'
import { helpText } from '../../src/cli/options'
import { ColloquyError } from '../../src/errors'
import { commandLine } from './command_line'

const parse = commandLine(BENCH, benchOptions)

describe('options of bench', () => {
  it('default to every suite on wasm, with results kept', () => {
    expect(parse([])).toMatchObject({
      runs: SUITES.filter((suite) => runsOn(suite, 'wasm')).map((suite) => ({ suite, place: 'wasm' })),
      quick: false,
      peer: { id: 'ada' },
      baseline: null,
      out: KEPT_RESULTS,
      report: false,
    })
  })

  it('are read', () => {
    const args = ['step', '--on', 'webgpu', '--peer=bo', '--baseline', '../old', '--out', 'a.json']
    expect(parse(args)).toMatchObject({
      runs: [{ suite: 'step', place: 'webgpu' }],
      peer: { id: 'bo' },
      baseline: '../old',
      out: 'a.json',
    })
  })

  it('run each suite once on each place, place by place', () => {
    const args = ['train', 'decode', 'train', '--on', 'node', '--on', 'wasm', '--on', 'node']
    expect(parse(args)?.runs).toEqual([
      { suite: 'train', place: 'node' },
      { suite: 'decode', place: 'node' },
      { suite: 'train', place: 'wasm' },
      { suite: 'decode', place: 'wasm' },
    ])
  })

  it('skip suites that need a page in node, unless named', () => {
    const runs = parse(['--on', 'node'])?.runs
    expect(runs?.map(({ suite }) => suite)).toEqual(SUITES.filter((suite) => runsOn(suite, 'node')))
    expect(runs?.map(({ suite }) => suite)).not.toContain('load')
    expect(() => parse(['load', '--on', 'node'])).toThrow('suite load')
  })

  it('run encode on the null device alone', () => {
    expect(parse(['encode'])?.runs).toEqual([{ suite: 'encode', place: 'null-device' }])
    expect(() => parse(['encode', '--on', 'wasm'])).toThrow('suite encode')
    expect(() => parse(['train', '--on', 'null-device'])).toThrow('suite train')
  })

  it('store nothing of a quick run unless a file is named', () => {
    expect(parse(['--quick'])?.out).toBeNull()
    expect(parse(['--quick', '--out', 'a.json'])?.out).toBe('a.json')
  })

  it('for a report measure nothing', () => {
    expect(parse(['--report'])).toMatchObject({ runs: [], report: true, out: KEPT_RESULTS })
    expect(parse(['--report', '--out', 'a.json'])?.out).toBe('a.json')
  })

  it.each(['--help', '-h'])('%s asks for the help text, which names every option and suite', (flag) => {
    expect(parse(['decode', flag])).toBeNull()
    for (const name of ['on', 'quick', 'peer', 'baseline', 'out', 'report', 'help'])
      expect(helpText(BENCH)).toContain(`--${name}`)
    for (const suite of SUITES) expect(helpText(BENCH)).toContain(suite)
  })

  it.each([
    [['--fast'], 'option --fast'],
    [['speed'], 'suite'],
    [['--on', 'gpu'], '--on'],
    [['--on'], '--on'],
    [['--out', '--quick'], '--out'],
    [['--baseline='], '--baseline'],
    [['--quick=yes'], '--quick'],
    [['--peer', 'zoe'], '--peer'],
    [['f16', '--on', 'wasm'], 'suite f16: found --on wasm, wanted --on webgpu'],
    [['--report', 'decode'], '--report: found decode next to it'],
    [['--report', '--quick'], '--report: found --quick next to it'],
    [['--report', '--on', 'webgpu', '--peer', 'bo'], '--report: found --on --peer next to it'],
  ])('%j is refused with the name of what is wrong', (args, what) => {
    const attempt = () => parse(args)
    expect(attempt).toThrow(ColloquyError)
    expect(attempt).toThrow(what)
    expect(attempt).toThrow('npm run bench -- --help')
  })
})
