/** npm run kills: a run is killed a hundred times; writes docs/reliability.md. */
import { writeFile } from 'node:fs/promises'
import { killAndResume } from './kills'
import { reliabilityDocument } from './report'

const KILLS = 100
const SEED = 1

const report = await killAndResume(KILLS, SEED, console.log)
await writeFile('docs/reliability.md', reliabilityDocument(report))
const wrong = report.digests.filter((digest) => digest !== report.digest).length + report.damage.length
console.log(`docs/reliability.md: ${report.kills.length} kills, ${wrong} of them with harm`)
process.exitCode = wrong === 0 ? 0 : 1
