import { useAnswer } from '../on_demand'

/** In it our own server says where other machines find the page. */
export const ADDRESS_HEADER = 'Colloquy-Address'

/**
 * Where others find this page, without what stands behind `#`; and whether that means this computer only. At localhost the page asks
 * its server for an address in the network.
 */
export function usePageAddress() {
  const local = isThisComputer(location.hostname)
  const ask = async () => (await fetch('./', { method: 'HEAD' })).headers.get(ADDRESS_HEADER)
  const told = useAnswer(() => (local ? ask() : null), [local])
  return told === null
    ? { address: location.href.replace(/#.*$/s, ''), onlyHere: local }
    : { address: new URL(location.pathname, told).href, onlyHere: false }
}

/** Whether a host name means the computer that uses it. */
export function isThisComputer(host: string): boolean {
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(host)
}

/** Shown beside an address that only this computer has. */
export const ONLY_HERE = 'This address works on this computer only.'
