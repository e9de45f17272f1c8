import { describe, expect, test } from 'vitest'
import { TASK_PROMPTS } from '../../src/app/exchange/prompts_disclosure'
import {
  applies,
  configOf,
  FIELDS,
  fieldHint,
  type SettingValue,
  settingsOf,
} from '../../src/app/settings/settings'
import { adapterText, wayToWebGpu } from '../../src/app/settings/settings_sheet'
import { runConfigSchema } from '../../src/config/config'
import { PRESETS, presetConfig } from '../../src/config/presets'
import {
  describeSetting,
  SETTING_NAMES,
  type SettingName,
  settingDomain,
} from '../../src/config/setting_domain'

describe('the values that the schema accepts', () => {
  const takes = (name: SettingName, value: unknown) => runConfigSchema.shape[name].safeParse(value).success

  test.each(SETTING_NAMES)('%s', (name) => {
    const domain = settingDomain(name)
    switch (domain.kind) {
      case 'switch':
        expect([true, false, 'on'].map((value) => takes(name, value))).toEqual([true, true, false])
        break
      case 'choice':
        expect(domain.options.length).toBeGreaterThan(1)
        for (const option of domain.options) expect(takes(name, option)).toBe(true)
        expect(takes(name, 'another')).toBe(false)
        break
      case 'choices':
        expect(takes(name, domain.options)).toBe(true)
        expect(takes(name, ['another'])).toBe(false)
        break
      case 'text':
        expect([takes(name, 'file'), takes(name, null), takes(name, 1)]).toEqual([true, true, false])
        break
      case 'number': {
        expect(takes(name, null)).toBe(domain.optional)
        const [, least] = /(?:at least |^)([\d.]+)/.exec(domain.range) ?? []
        const [, above] = /above ([\d.]+)/.exec(domain.range) ?? []
        const [, most] = /(?:at most|to) ([\d.]+)/.exec(domain.range) ?? []
        expect(least ?? above).toBeDefined()
        if (least !== undefined) expect(takes(name, Number(least))).toBe(true)
        if (least !== undefined) expect(takes(name, Number(least) - 1)).toBe(false)
        if (above !== undefined) expect(takes(name, Number(above))).toBe(false)
        if (most !== undefined) expect(takes(name, Number(most))).toBe(true)
        if (most !== undefined) expect(takes(name, Number(most) + 1)).toBe(false)
      }
    }
  })
})

describe('settings', () => {
  const duet = presetConfig('duet')
  const set = (name: SettingName, value: SettingValue) => {
    const settings = settingsOf(duet)
    return configOf({ ...settings, values: { ...settings.values, [name]: value } })
  }

  test.each(Object.keys(PRESETS))('without changes, they are the preset %s', (name) => {
    expect(configOf(settingsOf(presetConfig(name)))).toEqual(presetConfig(name))
  })

  test('without a field stay unchanged', () => {
    const config = presetConfig('duet', { loraRank: 8, resampleZeroVariance: 2 })
    expect(configOf(settingsOf(config))).toEqual(config)
  })

  test('typed, chosen and ticked values reach the configuration', () => {
    expect(set('steps', ' 3 ').steps).toBe(3)
    expect(set('learningRate', '1e-3').learningRate).toBe(0.001)
    expect(set('method', 'solo').method).toBe('solo')
    expect(set('calibration', false).calibration).toBe(false)
    expect(set('trainStages', ['fuse']).trainStages).toEqual(['fuse'])
  })

  test.each(['-3', '1.5', 'seven', ''])('a wrong seed (%s) is an error that names it', (value) => {
    expect(() => set('seed', value)).toThrow(/^seed: /)
  })

  test('an empty number is none where the setting may have none', () => {
    expect(set('maxCompletionLength', ' 300 ').maxCompletionLength).toBe(300)
    expect(set('maxCompletionLength', ' ')).toEqual(duet)
    expect(() => set('maxCompletionLength', 'long')).toThrow(/^maxCompletionLength: /)
    expect(fieldHint({ name: 'maxCompletionLength', label: '' })).toMatch(/; at least 1, or empty$/)
  })

  test('an empty list of trained stages is an error that names the setting', () => {
    expect(() => set('trainStages', [])).toThrow(/^trainStages: /)
  })

  test('every field appears once and has a description', () => {
    expect(new Set(FIELDS.map(({ name }) => name)).size).toBe(FIELDS.length)
    for (const { name } of FIELDS) expect(describeSetting(name), name).not.toBe('')
    expect(fieldHint({ name: 'numGenerations', label: '' })).toMatch(/^Answers .* \(G\); 2 to 64$/)
  })

  test('labels are plain words, with the paper’s symbol after them', () => {
    for (const { name, label } of FIELDS) {
      expect(label, name).not.toMatch(/[α-ω]|\b(KL|clip|rollout|group|loss|judge)\b/i)
      expect(describeSetting(name), name).toMatch(/^[A-Z][a-z]* /)
      expect(describeSetting(name).replace(/\(.*?\)/g, ''), name).not.toMatch(
        /[α-ω]|\b(KL|rollouts?|S[123]|LoRA|completions?|advantages?|GRPO|held-out|validation|checkpoints?)\b/i,
      )
    }
  })

  test('a field is disabled where it has no effect, also through another disabled field', () => {
    const p = FIELDS.find(({ name }) => name === 'cooperateProbability')
    const on = (method: string, interaction: string) =>
      p !== undefined && applies(p, { ...settingsOf(duet).values, method, interaction })
    expect([on('ilr', 'random'), on('ilr', 'dynamic'), on('solo', 'random')]).toEqual([true, false, false])
    expect([on('self-debate', 'random'), on('self-debate', 'oracle')]).toEqual([true, false])
  })
})

test('the prompts of every task have their slots', () => {
  for (const { prompts } of Object.values(TASK_PROMPTS).flat()) {
    const { share, idea, analyze, fuse, debate } = prompts
    expect(share).toContain('{question}')
    expect(idea).toContain('{idea}')
    for (const prompt of [analyze.cooperate, analyze.compete, debate]) expect(prompt).toContain('{ideas}')
    for (const prompt of [fuse.cooperate, fuse.compete]) expect(prompt).toContain('{analysis}')
  }
})

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', /dom\.webgpu\.enabled/],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15',
    /Safari 26.*Feature Flags/,
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36',
    /^try a current Chrome/,
  ],
])('who has no WebGPU in %s is told the way to it', (userAgent, way) => {
  expect(wayToWebGpu(userAgent)).toMatch(way)
})

test('names a software adapter as such and does not offer it as the faster choice', () => {
  const info = (architecture: string, description: string): GPUAdapterInfo => ({
    __brand: 'GPUAdapterInfo',
    ...{ vendor: 'acme', architecture, device: '', description },
    ...{ subgroupMinSize: 4, subgroupMaxSize: 4, isFallbackAdapter: false },
  })
  expect(adapterText(info('ada', ''))).toBe('Graphics card: acme ada.')
  expect(adapterText(info('swiftshader', 'SwiftShader driver'))).toBe(
    'No graphics card, only software that emulates one on the processor: SwiftShader driver. ' +
      'The processor itself is much faster.',
  )
})
