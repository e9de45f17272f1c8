/** `npm start`: see `SERVE`. */
import { networkInterfaces } from 'node:os'
import { runCommand } from './command'
import { lanAddresses, tellsItsAddress } from './site/lan_addresses'
import { SERVE, serveOptions } from './site/serve_options'
import { ensureBuild, serveBuild } from './site/site'

await runCommand(SERVE, async (given) => {
  const { lan, port, https } = serveOptions(given)
  await ensureBuild()
  // Only files that anybody may have are served, so any name of this machine will do.
  const open = lan ? { host: '0.0.0.0', allowedHosts: true as const } : {}
  const plugins = lan ? [tellsItsAddress()] : []
  const site = await serveBuild(port, { plugins, preview: { ...open, ...(https && { https }) } })
  console.log(`Colloquy is at ${site.url} (Ctrl-C ends it)`)
  if (lan) {
    const addresses = lanAddresses(site.url, networkInterfaces())
    if (addresses.length === 0) console.log('This machine is in no network that others could reach it by.')
    for (const address of addresses) console.log(`From other machines: ${address}`)
    if (!https)
      console.log(
        'They get no WebGPU, one thread for each peer, and need this machine each time: see docs/classroom.md',
      )
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => void site.close().then(() => process.exit(0)))
})
