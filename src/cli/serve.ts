import { fail } from './fail'
import { ensureBuild, serveBuild } from './site'

try {
  await ensureBuild()
  const site = await serveBuild(4173)
  console.log(`Colloquy is at ${site.url} (Ctrl-C ends it)`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => void site.close().then(() => process.exit(0)))
} catch (error) {
  fail(error)
}
