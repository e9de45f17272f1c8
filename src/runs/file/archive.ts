import { unzipSync } from 'fflate'
import { damaged } from './field'
import { MOST_BYTES, MOST_INFLATION } from './parts'

/**
 * Reads the entries of a ZIP archive that has exactly these names. Checks the stated sizes before unpacking;
 * no entry can exceed its stated size.
 * @throws ColloquyError `storage` where it is no such archive, or would unpack to more than `MOST_INFLATION`
 * times its size
 */
export function readArchive<Name extends string>(
  file: Uint8Array,
  names: readonly Name[],
): Record<Name, Uint8Array> {
  const sizes = new Map<string, number>()
  let total = 0
  const most = Math.min(MOST_BYTES, MOST_INFLATION * file.length)
  unzip(file, ({ name, originalSize, compression }) => {
    const known = names.some((wanted) => wanted === name)
    if (!known || sizes.has(name))
      throw damaged(JSON.stringify(name.slice(0, 60)), '', known ? 'two of them' : 'a part', 'no such part')
    if (compression !== 0 && compression !== 8)
      throw damaged(name, 'compression', String(compression), '0 or 8')
    total += originalSize
    if (total > most) throw damaged(name, 'size', `${total} bytes unpacked`, `${most} at most`)
    sizes.set(name, originalSize)
    return false
  })
  for (const name of names) if (!sizes.has(name)) throw damaged(name, '', 'nothing', 'a part of this name')
  const entries = unzip(file, () => true)
  return entries as Record<Name, Uint8Array>
}

interface Entry {
  readonly name: string
  readonly originalSize: number
  readonly compression: number
}

function unzip(file: Uint8Array, filter: (entry: Entry) => boolean): Record<string, Uint8Array> {
  try {
    return unzipSync(file, { filter })
  } catch (error) {
    // Our own errors are ColloquyErrors; fflate's errors have a numeric code.
    if (!(error instanceof Error && 'code' in error && typeof error.code === 'number')) throw error
    throw damaged('archive', '', error.message, 'a whole ZIP archive')
  }
}
