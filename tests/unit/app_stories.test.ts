import { expect, test } from 'vitest'
import { skillName, storyOf } from '../../src/app/stories'
import { PRESETS } from '../../src/config/presets'
import { PROFILES } from '../../src/pretrain/profiles'
import { readingsOf } from '../../src/tasks/skills'
import { halves, wordProblems } from '../../src/tasks/word_problems'

/** The words that a peer reads wrongly, for each reading that it may lack. */
const MISREAD: Record<string, RegExp> = {
  addsub: /gives away/,
  cmp: /fewer than/,
  times: /times as many/,
  muladd: /bags of/,
  three: /last of three/,
  lose: /lost/,
  bags: /bags of/,
}

test('a story names, for every embedded peer of its preset, what its profile lacks', () => {
  for (const preset of ['halves', 'duet', 'trio']) {
    const story = storyOf(preset)
    const peers = PRESETS[preset].settings.peers.map(({ id }) => id)
    expect(Object.keys(story?.lacks ?? {}), preset).toEqual(peers)
    expect(story?.skills).toEqual(preset === 'halves' ? ['lose', 'bags'] : [...wordProblems.skills])
    for (const { id, missing } of PROFILES.filter((profile) => peers.includes(profile.id))) {
      const lacks = story?.lacks[id] ?? ''
      const named = Object.keys(MISREAD).filter((reading) => MISREAD[reading].test(lacks))
      const words = (readings: readonly string[]) => [
        ...new Set(readings.map((name) => String(MISREAD[name]))),
      ]
      expect(words(named).sort(), `${preset}: ${id}`).toEqual(words(missing).sort())
      expect([...(story?.missing[id] ?? [])].sort(), `${preset}: ${id}`).toEqual([...missing].sort())
    }
  }
  expect(storyOf('gsm8k')).toBeNull()
})

test('every skill of the embedded peers, and every reading it needs, has a plain name with an example', () => {
  for (const skill of [...wordProblems.skills, ...halves.skills])
    for (const name of [skill, ...readingsOf(skill)]) {
      expect(skillName(name).name, name).not.toBe(name)
      expect(skillName(name).example, name).toMatch(/\d/)
    }
  expect(skillName('fractions')).toEqual({ name: 'fractions', example: '' })
})
