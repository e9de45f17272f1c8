import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../../src/pretrain/evaluation'
import { PROFILES } from '../../src/pretrain/profiles'

const PATHS = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'onnx/model_q4.onnx',
]

/** The claims of the model cards, on fewer questions, with room for the noise of so few. */
describe.each(PROFILES.map((profile, i) => ({ profile, partner: PROFILES[1 - i] })))(
  'the peer $profile.id as shipped',
  ({ profile, partner }) => {
    it('solves some skills alone and not others, judges ideas, and does better in discussion', async () => {
      const contents = PATHS.map(async (path): Promise<[string, Uint8Array]> => {
        return [path, new Uint8Array(await readFile(`models/${profile.id}/${path}`))]
      })
      const { solo, besideRight, besidePartner } = await evaluate(
        new Map(await Promise.all(contents)),
        profile,
        partner,
        60,
      )
      expect(solo.all).toBeGreaterThan(0.35)
      expect(solo.all).toBeLessThan(0.7)
      for (const skill of profile.missing) {
        expect(solo.skills[skill]).toBeLessThan(0.1)
        expect(besideRight.fused.skills[skill]).toBeGreaterThan(solo.skills[skill] + 0.2)
      }
      for (const skill of partner.missing) expect(solo.skills[skill]).toBeGreaterThan(0.7)
      expect(besidePartner.verdicts.all).toBeGreaterThan(0.75)
      expect(besidePartner.fused.all).toBeGreaterThan(solo.all)
    }, 60_000)
  },
)
