import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import type { Plugin } from 'vite'
import { ADDRESS_HEADER } from '../../app/sharing/page_address'

/**
 * Where other machines of the network find what is at `url` here: that of each of this machine's addresses which they can use.
 * IPv4 only: those are the ones that can be read out to a class.
 */
export function lanAddresses(
  url: string,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): string[] {
  return Object.values(interfaces)
    .flatMap((addresses = []) => addresses)
    .filter(({ family, internal, address }) => family === 'IPv4' && !internal && !isSelfAssigned(address))
    .map(({ address }) => Object.assign(new URL(url), { hostname: address }).href)
}

/** What a machine calls itself where nobody gave it an address. */
function isSelfAssigned(address: string): boolean {
  return address.startsWith('169.254.')
}

/** Has our server tell its page where other machines find it: at localhost the page cannot know. */
export function tellsItsAddress(): Plugin {
  return {
    name: 'tells-its-address',
    configurePreviewServer(server) {
      const scheme = server.config.preview.https ? 'https' : 'http'
      server.middlewares.use(({ socket }, response, next) => {
        // A laptop may have changed its network since the server was started.
        const [address] = lanAddresses(`${scheme}://localhost:${socket.localPort}/`, networkInterfaces())
        if (address !== undefined) response.setHeader(ADDRESS_HEADER, address)
        next()
      })
    },
  }
}
