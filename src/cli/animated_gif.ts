import gifenc from 'gifenc'

export interface Picture {
  readonly width: number
  readonly height: number
  /** Four bytes a pixel, row by row. */
  readonly rgba: Uint8Array
  /** Milliseconds for which it stands. */
  readonly stands: number
}

/** The last place in the palette is for pixels that stay as they were. */
const SAME = 255
/** Colours are chosen from every so manieth picture. */
const LOOKED_AT = 6

/** Pictures of one size, one after the other. Of each only what has changed is kept: what stays the same is transparent. */
export function animatedGif(pictures: readonly Picture[]): Uint8Array {
  const colours = paletteOf(pictures)
  const palette = [...colours, ...Array.from({ length: SAME + 1 - colours.length }, () => [0, 0, 0])]
  const encoder = gifenc.GIFEncoder()
  let before: Uint8Array | null = null
  for (const { width, height, rgba, stands } of pictures) {
    const indices = gifenc.applyPalette(rgba, colours)
    encoder.writeFrame(changedSince(before, indices), width, height, {
      ...(before === null ? { palette } : {}),
      delay: stands,
      transparent: before !== null,
      transparentIndex: SAME,
      dispose: 1,
    })
    before = indices
  }
  encoder.finish()
  return encoder.bytes()
}

function paletteOf(pictures: readonly Picture[]) {
  const looked = pictures.filter((_, at) => at % LOOKED_AT === 0 || at === pictures.length - 1)
  const all = new Uint8Array(looked.reduce((sum, { rgba }) => sum + rgba.length, 0))
  let at = 0
  for (const { rgba } of looked) {
    all.set(rgba, at)
    at += rgba.length
  }
  return gifenc.quantize(all, SAME)
}

function changedSince(before: Uint8Array | null, now: Uint8Array): Uint8Array {
  return before === null ? now : now.map((index, at) => (index === before[at] ? SAME : index))
}
