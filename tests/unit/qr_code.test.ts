import jsQR from 'jsqr'
import { expect, test } from 'vitest'
import { qrPath } from '../../src/app/sharing/page_address'
import { LONGEST_LINK } from '../../src/runs/share_link'

/** Renders the path as a camera sees it: RGBA, with this many pixels per unit. */
function photographed({ size, path }: ReturnType<typeof qrPath>, scale = 3) {
  const width = size * scale
  const pixels = new Uint8ClampedArray(4 * width * width).fill(255)
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g))
    for (let dy = 0; dy < scale; dy++)
      for (let dx = 0; dx < scale; dx++) {
        const at = 4 * ((Number(y) * scale + dy) * width + Number(x) * scale + dx)
        pixels.fill(0, at, at + 3)
      }
  return { pixels, width }
}

// Another library reads the code than the one that made it.
test.each([
  ['a short link', 'https://example.org/#run=1BDY'],
  ['the longest link', `https://example.org/some/path/#run=${'aZ09-_'.repeat(400)}`.slice(0, LONGEST_LINK)],
])('%s is read back from its QR code', (_, link) => {
  const { pixels, width } = photographed(qrPath(link))
  expect(jsQR(pixels, width, width)?.data).toBe(link)
})

test('a text too long for a QR code is refused', () => {
  expect(() => qrPath('x'.repeat(3000))).toThrow()
})
