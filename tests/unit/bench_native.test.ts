import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  adamwCost,
  gradNormCost,
  groupAdvantagesCost,
  grpoLossCost,
  headBytes,
  sampleCost,
  tokenLogprobsCost,
  tokenLogprobsGradCost,
} from '../../src/bench/native/cost'
import {
  anyWrong,
  type Limits,
  limitsOf,
  type NativeReport,
  nativeMarkdown,
  type Reference,
  ratesOf,
} from '../../src/bench/native/report'
import { loraValues, QWEN25_05B, SMOLLM2_135M } from '../../src/bench/native/sizes'
import {
  BENCH_NATIVE,
  nativeOptions,
  WEBGPU_PACKAGE,
  webgpuVersion,
} from '../../src/cli/bench/native_options'
import { helpText } from '../../src/cli/options'
import { ColloquyError } from '../../src/errors'
import { commandLine } from './command_line'

const parse = commandLine(BENCH_NATIVE, nativeOptions)

describe('options of bench:native', () => {
  it('have defaults', () => {
    expect(parse([])).toEqual({ quick: false, adapter: null, allowSoftware: false, json: null })
  })

  it('are read', () => {
    const args = ['--quick', '--allow-software', '--adapter', 'GeForce', '--json=bench/native.json']
    expect(parse(args)).toEqual({
      quick: true,
      adapter: 'GeForce',
      allowSoftware: true,
      json: 'bench/native.json',
    })
  })

  it.each(['--help', '-h'])('%s asks for the help text, which names every option', (flag) => {
    expect(parse([flag])).toBeNull()
    for (const name of ['quick', 'adapter', 'allow-software', 'json', 'help'])
      expect(helpText(BENCH_NATIVE)).toContain(`--${name}`)
  })

  it.each([
    [['--fast'], 'option --fast'],
    [['now'], 'argument'],
    [['--json'], '--json'],
    [['--json', '--quick'], '--json'],
    [['--adapter='], '--adapter'],
    [['--quick=yes'], '--quick'],
  ])('%j is refused with the name of what is wrong', (args, what) => {
    const attempt = () => parse(args)
    expect(attempt).toThrow(ColloquyError)
    expect(attempt).toThrow(what)
    expect(attempt).toThrow('npm run bench:native -- --help')
  })
})

describe('costs', () => {
  const shape = { vocabulary: 10, width: 64, rows: 3 } as const

  it('of a head are its stored bytes', () => {
    // Two blocks a row, 16 or 32 bytes and a scale each.
    expect(headBytes({ ...shape, format: 'q4' })).toBe(10 * 2 * 20)
    expect(headBytes({ ...shape, format: 'q8' })).toBe(10 * 2 * 36)
    // A width of 33 has a second block.
    expect(headBytes({ vocabulary: 1, width: 33, format: 'q4' })).toBe(40)
  })

  it('of the kernels that read it', () => {
    const q4 = { ...shape, format: 'q4' } as const
    // 30 logits of 64 multiply-adds each; hidden is 3 x 64 f32.
    expect(tokenLogprobsCost(q4)).toEqual({ bytes: 400 + 768 + 3 * 16, flops: 30 * 130 })
    expect(tokenLogprobsGradCost(q4)).toEqual({ bytes: 400 + 2 * 768 + 3 * 12, flops: 30 * 259 })
    expect(sampleCost(q4)).toEqual({ bytes: 400 + 768 + 3 * 20, flops: 30 * 133 })
  })

  it('of an update', () => {
    expect(adamwCost(1000)).toEqual({ bytes: 28_000, flops: 16_000 })
    expect(gradNormCost(1000)).toEqual({ bytes: 4000, flops: 2000 })
    expect(grpoLossCost(2, 10)).toEqual({ bytes: 240 + 104, flops: 250 })
    // Four rewards of two groups: two calibrated arrays more and two reports of 16 bytes.
    expect(groupAdvantagesCost(1, 2, 2)).toEqual({ bytes: 48 + 32, flops: 4 * 22 })
  })

  it('use the adapters of the models as they are on the hub', () => {
    // q 1152, k and v 768 each, o 1152, gate, up and down 2112 each: in + out, times rank 16.
    expect(loraValues(SMOLLM2_135M)).toEqual({ layers: 30, perLayer: 16 * 10176 })
    expect(loraValues(QWEN25_05B)).toEqual({ layers: 24, perLayer: 16 * 22912 })
  })
})

const LIMITS: Limits = { gigabytesPerSecond: 100, gigaflopsPerSecond: 1000, launchMicroseconds: 5 }

describe('rates', () => {
  it('use the median, against the limits', () => {
    // 1 MB in 40 µs is 25 GB/s; 8 MFLOP in 40 µs are 200 GFLOP/s.
    const rates = ratesOf({ bytes: 1e6, flops: 8e6 }, [90, 40, 30], LIMITS)
    expect(rates).toMatchObject({ microseconds: 40, gigabytesPerSecond: 25, gigaflopsPerSecond: 200 })
    expect(rates.ofCopy).toBeCloseTo(0.25)
    expect(rates.ofMatmul).toBeCloseTo(0.2)
    expect(ratesOf({ bytes: 1, flops: 1 }, [1, 2, 3, 4], LIMITS).microseconds).toBe(2.5)
  })

  it('name the slowest part', () => {
    // 10 µs of copying, 8 µs of arithmetic, 5 µs of launching.
    expect(ratesOf({ bytes: 1e6, flops: 8e6 }, [40], LIMITS).bound).toBe('memory')
    expect(ratesOf({ bytes: 1e6, flops: 11e6 }, [40], LIMITS).bound).toBe('arithmetic')
    expect(ratesOf({ bytes: 4e5, flops: 4e6 }, [40], LIMITS).bound).toBe('launch')
  })

  it('are measured against the best of several ways', () => {
    const reference: Reference = {
      copy: {
        bytes: 1e6,
        attempts: [
          { name: 'slow', microseconds: [20] },
          { name: 'fast', microseconds: [10, 10, 99] },
        ],
      },
      matmul: { flops: 1e7, attempts: [{ name: 'tile', microseconds: [10] }] },
      launch: { name: 'nothing', microseconds: [5, 4, 6] },
    }
    expect(limitsOf(reference)).toEqual(LIMITS)
  })
})

const REPORT: NativeReport = {
  date: '2026-01-31',
  adapter: { vendor: 'acme', architecture: 'one', device: '' },
  driver: 'driver 1.2',
  software: false,
  versions: { node: '20.19.0', webgpu: '0.6.2', platform: 'linux-x64' },
  reference: {
    copy: { bytes: 2 ** 29, attempts: [{ name: 'WGSL kernel', microseconds: [2 ** 29 / 1e5] }] },
    matmul: { flops: 2 * 128 ** 3, attempts: [{ name: 'tile 64', microseconds: [(2 * 128 ** 3) / 1e6] }] },
    launch: { name: 'kernel that does nothing', microseconds: [5] },
  },
  rows: [
    {
      kernel: 'adamw',
      model: 'Small',
      shape: '1000 values',
      cost: { bytes: 1e6, flops: 8e6 },
      outcome: { state: 'measured', ways: [{ name: '', chosen: true, microseconds: [40] }] },
    },
    {
      kernel: 'sample',
      model: 'Large',
      shape: 'q8',
      cost: { bytes: 1, flops: 1 },
      outcome: { state: 'too large', why: 'no room' },
    },
  ],
}

describe('report', () => {
  it('is a Markdown table with the limits above it and the reasons below', () => {
    expect(nativeMarkdown(REPORT)).toBe(
      [
        'acme one, driver driver 1.2; Dawn (webgpu 0.6.2) in node 20.19.0 on linux-x64; 2026-01-31.',
        '',
        '- Copy: 100 GB/s read and written, 268 MB (WGSL kernel).',
        '- Matmul, f32: 1,000 GFLOP/s, 128 cubed (tile 64).',
        '- A launch that does nothing: 5 µs (kernel that does nothing).',
        '',
        '| kernel | model | shape | µs | GB/s | of copy | GFLOP/s | of matmul | nearer bound |',
        '| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |',
        '| adamw | Small | 1000 values | 40 | 25 | 25 % | 200 | 20 % | memory |',
        '| sample | Large | q8 | too large |  |  |  |  |  |',
        '',
        '- sample, q8, is too large: no room',
      ].join('\n'),
    )
  })

  it('shows every variant of a kernel, and rates the one that a run chooses', () => {
    const ways = [
      { name: '4 rows', chosen: false, microseconds: [80] },
      { name: '8 rows', chosen: true, microseconds: [40] },
    ]
    const text = nativeMarkdown({
      ...REPORT,
      rows: [{ ...REPORT.rows[0], outcome: { state: 'measured', ways } }],
    })
    expect(text).toContain('| adamw | Small | 1000 values | 40 | 25 |')
    expect(text).toContain('| kernel | model | shape | 4 rows | 8 rows |')
    expect(text).toContain('| adamw | Small | 1000 values | 80 | **40** |')
  })

  it('says what a software adapter shows, and what was not measured', () => {
    expect(nativeMarkdown({ ...REPORT, software: true })).toContain(
      '**Software adapter: these times say nothing about a GPU.**',
    )
    expect(nativeMarkdown(null)).toMatch(/^Not measured/)
  })

  it('knows whether a kernel computed a wrong result', () => {
    expect(anyWrong(REPORT)).toBe(false)
    const outcome = { state: 'wrong', why: 'off by 2' } as const
    expect(anyWrong({ ...REPORT, rows: [{ ...REPORT.rows[0], outcome }] })).toBe(true)
  })
})

it('reads the version of the webgpu package, or says how to install it', () => {
  const root = mkdtempSync(join(tmpdir(), 'native-'))
  try {
    expect(() => webgpuVersion(root, 'the command')).toThrow(`npm install --no-save ${WEBGPU_PACKAGE}`)
    mkdirSync(join(root, 'node_modules/webgpu'), { recursive: true })
    writeFileSync(join(root, 'node_modules/webgpu/package.json'), '{ "version": "0.6.2" }')
    expect(webgpuVersion(root, 'the command')).toBe('0.6.2')
  } finally {
    rmSync(root, { recursive: true })
  }
})
