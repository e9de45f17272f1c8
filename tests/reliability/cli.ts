/** `npm run kills`: see `COMMAND`. */
import { writeFile } from 'node:fs/promises'
import { runCommand } from '../../src/cli/command'
import type { Command } from '../../src/cli/options'
import { killAndResume } from './kills'
import { reliabilityDocument } from './report'

const KILLS = 100
const SEED = 1
const DOCUMENT = 'docs/reliability.md'

const COMMAND = {
  usage: 'npm run kills --',
  about: `Kills a run ${KILLS} times, goes on with it each time, and writes ${DOCUMENT}. Exits with 1 where a kill did harm.`,
  options: {},
} satisfies Command

await runCommand(COMMAND, async () => {
  const report = await killAndResume(KILLS, SEED, console.log)
  await writeFile(DOCUMENT, reliabilityDocument(report))
  const wrong = report.digests.filter((digest) => digest !== report.digest).length + report.damage.length
  console.log(`${DOCUMENT}: ${report.kills.length} kills, ${wrong} of them with harm`)
  process.exitCode = wrong === 0 ? 0 : 1
})
