import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { type Evaluation, evaluate } from '../../src/pretrain/evaluation'
import { type PeerProfile, PROFILES, partnersOf } from '../../src/pretrain/profiles'
import { halves, wordProblems } from '../../src/tasks/word_problems'

const PATHS = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'onnx/model_q4.onnx',
]

async function shipped(profile: PeerProfile): Promise<Evaluation> {
  const contents = PATHS.map(async (path): Promise<[string, Uint8Array]> => {
    return [path, new Uint8Array(await readFile(`models/${profile.id}/${path}`))]
  })
  return evaluate(new Map(await Promise.all(contents)), profile, 60)
}
function beside({ discussions }: Evaluation, whose: string) {
  const found = discussions.find(({ beside: name }) => name === whose)
  if (!found) throw new Error(`no figures beside ${whose}`)
  return found
}

/** Checks the model cards' claims on fewer questions, with a margin for their noise. */
describe.each(PROFILES.filter(({ task }) => task === wordProblems))('the peer $id as shipped', (profile) => {
  it('solves some skills alone and not others, judges ideas, and does better in discussion', async () => {
    const measured = await shipped(profile)
    const { solo } = measured
    expect(solo.all).toBeGreaterThan(0.35)
    expect(solo.all).toBeLessThan(0.7)
    const right = beside(measured, 'a right idea')
    for (const skill of profile.task.skills)
      if (profile.missing.includes(skill)) {
        expect(solo.skills[skill], skill).toBeLessThan(0.1)
        expect(right.fused.skills[skill], skill).toBeGreaterThan(solo.skills[skill] + 0.2)
      } else expect(solo.skills[skill], skill).toBeGreaterThan(0.7)
    for (const partner of partnersOf(profile)) {
      const { verdicts, fused } = beside(measured, `${partner.id}’s idea`)
      expect(verdicts.all, partner.id).toBeGreaterThan(0.6)
      expect(fused.all, partner.id).toBeGreaterThan(solo.all)
    }
    const crowd = partnersOf(profile).map(({ id }) => `${id}’s`)
    expect(beside(measured, `${crowd.join(' and ')} ideas`).fused.all).toBeGreaterThan(solo.all)
  }, 240_000)
})

describe.each(PROFILES.filter(({ task }) => task === halves))('the peer $id as shipped', (profile) => {
  it('solves nothing alone, and fuses two halves', async () => {
    const measured = await shipped(profile)
    const { solo } = measured
    expect(solo.all).toBeLessThan(0.05)
    for (const partner of partnersOf(profile)) {
      const { verdicts, fused } = beside(measured, `${partner.id}’s idea`)
      expect(verdicts.all, partner.id).toBeGreaterThan(0.75)
      expect(fused.all, partner.id).toBeGreaterThan(0.6)
    }
  }, 240_000)
})
