/** How the store on disk names things, for whoever reads it: the store itself, and a page it is served to. */

/** Beside a whole file: size and hash. */
export const META = '.colloquy.json'
export const PART = '.colloquy-part'
/** In a model's folder. */
export const LISTING = 'listing.colloquy.json'

/** A URL's place below the store's root, with `/`: scheme, host, and the path as it is in the URL. */
export function storePath(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol.slice(0, -1)}/${host.replace(':', '+')}${pathname}`
}

/** The URL of a place below the root. */
export function storedUrl(path: string): string {
  const [scheme, host, ...rest] = path.split('/')
  return `${scheme}://${host.replace('+', ':')}/${rest.join('/')}`
}
