import type { NetworkInterfaceInfo } from 'node:os'

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
