/** Letters are made of so many bytes at a time; a multiple of three, so that the pieces can be joined. */
const PIECE = 0x6000

/** Base64 of bytes that may be many. */
export function toBase64(bytes: Uint8Array): string {
  const pieces: string[] = []
  for (let at = 0; at < bytes.length; at += PIECE)
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE))))
  return pieces.join('')
}

/** The bytes of a text that `toBase64` made. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}
