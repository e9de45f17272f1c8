import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EXPERIMENTS, experimentConfig, SIZE } from '../../src/app/experiments/experiments'
import { configOf as formConfig, settingLabel, settingsOf } from '../../src/app/settings/settings'
import { differingSettings } from '../../src/config/comparison'
import { parseRunConfig, type RunConfig } from '../../src/config/config'
import { presetConfig } from '../../src/config/presets'
import { configOf, STUDY } from '../../src/study/scenarios'

/** The study's arm of each experiment, by title; the other experiments ran separately. */
const ARMS: Readonly<Record<string, readonly [scenario: string, arm: string]>> = {
  'Two half-right ideas become one right answer': ['halves', 'ilr'],
  'The same questions, every peer for itself': ['halves', 'solo'],
  'No discussion: just copy who was right': ['duet', 'share-only'],
  'Copying where nobody is right': ['halves', 'share-only'],
  'Learn to discuss, and nothing else': ['halves', 'context-discussion'],
  'Only ever compete': ['duet', 'compete'],
}

test.each(EXPERIMENTS)('$title: differs from its preset in its size and its stated changes', (experiment) => {
  const config = experimentConfig(experiment)
  expect(parseRunConfig(config)).toEqual(config)
  const preset = presetConfig(experiment.preset)
  const said: Partial<RunConfig> = { ...SIZE, ...experiment.changes }
  const differing = differingSettings(config, preset)
  for (const name of differing) expect(config[name]).toEqual(said[name])
  // Each setting has a label for visitors.
  for (const name of differing) expect(settingLabel(name), name).not.toBeNull()
  // No stated change equals the preset.
  for (const name of Object.keys(experiment.changes)) expect(differing).toContain(name)
  // The form shows it and gives the same configuration.
  expect(formConfig(settingsOf(config))).toEqual(config)
})

test('experiments that name the study are its runs, except for evaluation and checkpoints', () => {
  for (const experiment of EXPERIMENTS) {
    if (!Object.hasOwn(ARMS, experiment.title)) continue
    const [scenario, arm] = ARMS[experiment.title]
    const studied = configOf(STUDY, { scenario, arm, seed: 1 })
    const differing = differingSettings(experimentConfig(experiment), studied)
    // Study runs matched by tokens do not end at a step.
    const open = STUDY.arms[arm].match === 'tokens' ? ['steps'] : []
    const measured = ['seed', 'evalEvery', 'evalMethods', 'evalMethodsEvery', 'checkpointEvery', ...open]
    expect(differing.filter((name) => !measured.includes(name))).toEqual([])
  }
})

test('their stated results are those of docs/study.md', () => {
  const [, duet, halves] = readFileSync('docs/study.md', 'utf8').split(/^## (?:Duet|Halves): /m)
  const final = (scenario: string, arm: string) => {
    const row = (scenario === 'duet' ? duet : halves).match(
      new RegExp(`^\\| \\*\\*${arm}\\*\\* \\| 5 \\| ([\\d.]+) %.*$`, 'm'),
    )
    const details = readFileSync(`study/${scenario}.md`, 'utf8')
    const steps = details.match(new RegExp(`^\\| \\*\\*${arm}\\*\\* \\| (\\d+) \\|`, 'm'))?.[1]
    return { accuracy: Number(row?.[1]), steps: Number(steps) }
  }
  for (const [title, [scenario, arm]] of Object.entries(ARMS)) {
    const experiment = EXPERIMENTS.find((one) => one.title === title)
    const { accuracy, steps } = final(scenario, arm)
    const look = experiment?.look ?? ''
    // A mean over five seeds says nothing where it is between 0 and 98: there the seeds are listed.
    if (title !== 'Copying where nobody is right')
      expect([`${accuracy} %`, `${Math.round(accuracy)} %`].some((text) => look.includes(text))).toBe(true)
    expect(experiment && experimentConfig(experiment).steps).toBe(arm === 'solo' ? SIZE.steps : steps)
  }
  expect(final('duet', 'ilr').accuracy).toBeCloseTo(88.3)
  expect(final('duet', 'cooperate').accuracy).toBeCloseTo(88.8)
  expect(final('halves', 'solo').steps).toBeGreaterThanOrEqual(3 * SIZE.steps)
})
