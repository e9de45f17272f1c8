import { describe, expect, it } from 'vitest'
import { BENCH_HELP, KEPT_RESULTS, parseBenchOptions } from '../../src/bench/options'
import { runsOn, SUITES } from '../../src/bench/results'
import { ColloquyError } from '../../src/errors'

describe('options of bench', () => {
  it('are every suite on wasm, kept, unless others are given', () => {
    expect(parseBenchOptions([])).toMatchObject({
      runs: SUITES.map((suite) => ({ suite, place: 'wasm' })),
      quick: false,
      peer: { id: 'ada' },
      baseline: null,
      out: KEPT_RESULTS,
      report: false,
    })
  })

  it('are read', () => {
    const args = ['step', '--on', 'webgpu', '--peer=bo', '--baseline', '../old', '--out', 'a.json']
    expect(parseBenchOptions(args)).toMatchObject({
      runs: [{ suite: 'step', place: 'webgpu' }],
      peer: { id: 'bo' },
      baseline: '../old',
      out: 'a.json',
    })
  })

  it('run each suite once on each place, place by place', () => {
    const args = ['train', 'decode', 'train', '--on', 'node', '--on', 'wasm', '--on', 'node']
    expect(parseBenchOptions(args)?.runs).toEqual([
      { suite: 'train', place: 'node' },
      { suite: 'decode', place: 'node' },
      { suite: 'train', place: 'wasm' },
      { suite: 'decode', place: 'wasm' },
    ])
  })

  it('leave out in node what needs a page, unless it was asked for by name', () => {
    const runs = parseBenchOptions(['--on', 'node'])?.runs
    expect(runs?.map(({ suite }) => suite)).toEqual(SUITES.filter((suite) => runsOn(suite, 'node')))
    expect(runs?.map(({ suite }) => suite)).not.toContain('load')
    expect(() => parseBenchOptions(['load', '--on', 'node'])).toThrow('suite load')
  })

  it('keep nothing of a quick run unless a file is named', () => {
    expect(parseBenchOptions(['--quick'])?.out).toBeNull()
    expect(parseBenchOptions(['--quick', '--out', 'a.json'])?.out).toBe('a.json')
  })

  it('of a report measure nothing', () => {
    expect(parseBenchOptions(['--report'])).toMatchObject({ runs: [], report: true, out: KEPT_RESULTS })
    expect(parseBenchOptions(['--report', '--out', 'a.json'])?.out).toBe('a.json')
  })

  it.each(['--help', '-h'])('%s asks for the help text, which names every option and suite', (flag) => {
    expect(parseBenchOptions(['decode', flag])).toBeNull()
    for (const name of ['on', 'quick', 'peer', 'baseline', 'out', 'report', 'help'])
      expect(BENCH_HELP).toContain(`--${name}`)
    for (const suite of SUITES) expect(BENCH_HELP).toContain(suite)
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
    [['--report', 'decode'], '--report: found decode next to it'],
    [['--report', '--quick'], '--report: found --quick next to it'],
    [['--report', '--on', 'webgpu', '--peer', 'bo'], '--report: found --on --peer next to it'],
  ])('%j is refused with the name of what is wrong', (args, what) => {
    const attempt = () => parseBenchOptions(args)
    expect(attempt).toThrow(ColloquyError)
    expect(attempt).toThrow(what)
    expect(attempt).toThrow('npm run bench -- --help')
  })
})
