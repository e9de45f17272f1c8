/** The part of gifenc that is used here; it comes without types. */
declare module 'gifenc' {
  /** Red, green and blue, 0 to 255. */
  type Colour = readonly number[]

  interface Encoder {
    writeFrame(
      indices: Uint8Array,
      width: number,
      height: number,
      options: {
        /** The first frame's is that of all. */
        palette?: readonly Colour[]
        /** Milliseconds. */
        delay: number
        transparent: boolean
        transparentIndex: number
        /** 1: the picture stays beneath the next one. */
        dispose: number
      },
    ): void
    finish(): void
    bytes(): Uint8Array
  }

  const gifenc: {
    GIFEncoder(): Encoder
    quantize(rgba: Uint8Array, colours: number): Colour[]
    applyPalette(rgba: Uint8Array, palette: readonly Colour[]): Uint8Array
  }
  export default gifenc
}
