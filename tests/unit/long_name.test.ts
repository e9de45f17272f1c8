import { expect, test } from 'vitest'
import { LongName } from '../../src/app/parts'

/** Returns the pieces between which a line may break. */
function pieces(name: string): unknown[] {
  return LongName({ children: name }).map(({ props }) => (props.children as unknown[])[1])
}

test.each([
  ['sampling/sampling_logp_difference/mean', ['sampling/', 'sampling_', 'logp_', 'difference/', 'mean']],
  ['https://questions.example.org/q.jsonl', ['https://', 'questions.', 'example.', 'org/', 'q.', 'jsonl']],
  ['ada', ['ada']],
])('a line of %s ends between its parts', (name, parts) => {
  expect(pieces(name)).toEqual(parts)
})
