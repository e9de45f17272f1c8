import { gunzipSync } from 'fflate'
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'
import { ColloquyError } from '../../errors'
import { refuse } from './bytes'
import { hasMeaning } from './field_names'
import { MAX_ROWS, type Table } from './table'

/** Maximum bytes of the columns that are read, unpacked. */
const MAX_BYTES = 512 << 20

/**
 * Reads the columns of a Parquet file that may belong to questions. This module is large, so callers load it
 * when a file needs it.
 * @throws ColloquyError `task` for a damaged file, and for a compression other than Snappy and gzip
 */
export async function parquetTable(bytes: Uint8Array, name: string): Promise<Table> {
  try {
    const file = new Uint8Array(bytes).buffer
    const metadata = await parquetMetadataAsync(file)
    const all = parquetSchema(metadata).children.map(({ element }) => element.name)
    const columns = all.filter(hasMeaning)
    // Without any, the names that are there are the most useful thing to report.
    if (columns.length === 0) return { kind: KIND, counts: 'row', rows: [{ at: 1, content: named(all) }] }
    const parts = metadata.row_groups.flatMap((group) => group.columns.map(({ meta_data }) => meta_data))
    const read = parts.filter((part) => columns.includes(part?.path_in_schema[0] ?? ''))
    const size = read.reduce((sum, part) => sum + Number(part?.total_uncompressed_size ?? 0), 0)
    if (size > MAX_BYTES)
      refuse(name, `more than ${MAX_BYTES >> 20} MiB when unpacked`, 'Give a part of the file')
    const rows = await parquetReadObjects({
      file,
      metadata,
      columns,
      rowEnd: Math.min(MAX_ROWS, Number(metadata.num_rows)),
      compressors: { GZIP: (packed) => gunzipSync(packed) },
    })
    return { kind: KIND, counts: 'row', rows: rows.map((content, i) => ({ at: i + 1, content })) }
  } catch (error) {
    if (error instanceof ColloquyError) throw error
    const why = error instanceof Error ? error.message : String(error)
    const codec = /unsupported compression codec: (\w+)/.exec(why)?.[1]
    if (codec !== undefined)
      refuse(name, `a Parquet file with ${codec} compression`, 'Save it with Snappy or gzip')
    refuse(name, `a damaged Parquet file (${why})`, 'Download it again')
  }
}

const KIND = 'Parquet'

const named = (columns: readonly string[]) => Object.fromEntries(columns.map((column) => [column, null]))
