import { useMemo } from 'preact/hooks'
import { encode } from 'uqr'
import { useAnswer } from '../on_demand'

/** Header in which our own server says where other machines find the page. */
export const ADDRESS_HEADER = 'Colloquy-Address'

/**
 * Returns where others find this page, without what follows `#`, and whether that is this computer only. At localhost the
 * page asks its server for an address in the network.
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
function isThisComputer(host: string): boolean {
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(host)
}

/** Shown beside an address that only this computer has. */
export const ONLY_HERE = 'This address works on this computer only.'

/**
 * A QR code as one path of unit squares, in a square of `size` units.
 * @throws Error for more than 2,953 bytes, the most that a QR code holds; links are shorter
 */
export function qrPath(text: string) {
  // The least redundancy gives the largest squares: it is read from a screen, not from worn paper. The border is that of ISO/IEC 18004.
  const { size, data } = encode(text, { ecc: 'L', border: 4 })
  const squares = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
  return { size, path: squares.join('') }
}

export function QrImage({ link }: { link: string }) {
  const { size, path } = useMemo(() => qrPath(link), [link])
  return (
    <svg class="share-qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label="QR code of the link">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
