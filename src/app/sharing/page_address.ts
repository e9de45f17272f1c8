import { useEffect, useState } from 'preact/hooks'

/** In it our own server says where other machines find the page. */
export const ADDRESS_HEADER = 'Colloquy-Address'

export interface PageAddress {
  /** Of the page, without what stands behind `#`. */
  readonly address: string
  /** Whether it means this computer, so that it is of no use on another one. */
  readonly onlyHere: boolean
}

/** Where others find this page. At localhost its server is asked for an address in the network. */
export function usePageAddress(): PageAddress {
  const own = location.href.replace(/#.*$/s, '')
  const [told, setTold] = useState<string | null>(null)
  const local = isThisComputer(location.hostname)
  useEffect(() => {
    if (!local) return
    let current = true
    // A server that is gone leaves the page as it was.
    const ask = fetch('./', { method: 'HEAD' }).then(({ headers }) => headers.get(ADDRESS_HEADER))
    ask.then((address) => current && setTold(address)).catch(() => undefined)
    return () => {
      current = false
    }
  }, [local])
  return told === null
    ? { address: own, onlyHere: local }
    : { address: new URL(location.pathname, told).href, onlyHere: false }
}

/** Whether a host name means the computer that uses it. */
export function isThisComputer(host: string): boolean {
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(host)
}

/** What there is to say of an address that only this computer has. */
export const ONLY_HERE =
  'This address works on this computer only. Start the server with “npm start -- --lan”, and others in your network can open it.'
