/** `npm run reproduce`: the run whose digest is in the README, in every engine that is here. */
import { findBrowser, findFirefox, findWebKit } from './browsers/browser'
import { runCommand } from './command'
import {
  digestsOf,
  REFERENCE_DIGEST,
  REFERENCE_RUN,
  REPRODUCED,
  SECOND_STEP_DIGEST,
} from './learn/reproduction'
import type { Command } from './options'

const REPRODUCE = {
  usage: 'npm run reproduce --',
  about:
    `Runs preset ${REFERENCE_RUN.preset}, ${REFERENCE_RUN.steps} steps, seed ${REFERENCE_RUN.seed} in node and in every browser ` +
    'engine that is here, on two and on four cores. Exits with 1 where a digest is not that of the README.',
  options: {},
} satisfies Command

await runCommand(REPRODUCE, async () => {
  const { preset, steps, seed } = REFERENCE_RUN
  console.log(`Preset ${preset}, ${steps} steps, seed ${seed}: ${REFERENCE_DIGEST}`)
  const found = {
    chromium: findBrowser(),
    firefox: findFirefox(),
    webkit: findWebKit(),
    node: process.execPath,
  }
  let different = 0
  for (const place of REPRODUCED) {
    const name = `${place.on} on ${place.cores} cores`.padEnd(20)
    if (found[place.on] === null) {
      console.log(`${name} skipped: there is none`)
      continue
    }
    const digests: string[] = []
    for await (const digest of digestsOf(REFERENCE_RUN, place)) {
      digests.push(digest)
      if (process.stderr.isTTY) process.stderr.write(`\r${name} step ${digests.length} of ${steps}\r`)
    }
    const last = digests.at(-1)
    const same = digests[1] === SECOND_STEP_DIGEST && last === REFERENCE_DIGEST
    if (!same) different++
    console.log(`${name} ${same ? 'the same' : `DIFFERENT: ${digests[1]} after two steps, ${last}`}`)
  }
  process.exit(different === 0 ? 0 : 1)
})
