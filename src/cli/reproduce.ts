/** `npm run reproduce`: the run whose digest is in the README, in every engine that is here. */
import { findBrowser, findFirefox, findWebKit } from './browser'
import { runCommand } from './command'
import type { Command } from './options'
import { digestOf, REFERENCE_DIGEST, REFERENCE_RUN, REPRODUCED } from './reproduction'

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
    const digest = await digestOf(REFERENCE_RUN, place, (step) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${name} step ${step} of ${steps}\r`)
    })
    if (digest !== REFERENCE_DIGEST) different++
    console.log(`${name} ${digest === REFERENCE_DIGEST ? 'the same' : `DIFFERENT: ${digest}`}`)
  }
  process.exit(different === 0 ? 0 : 1)
})
