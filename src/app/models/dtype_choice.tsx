import { bytesText } from '../../hub/bytes'
import { DEFAULT_DTYPE, type Dtype } from '../../model/dtypes'
import type { ModelOutline } from '../../model/outline'

const MEANING: Readonly<Record<Dtype, string>> = {
  fp32: '32 bits a weight',
  fp16: '16 bits a weight',
  q8: '8 bits a weight',
  int8: '8 bits a weight',
  uint8: '8 bits a weight',
  q4: '4 bits a weight',
  q4f16: '4 bits a weight, the rest 16',
}

interface Props {
  /** Whose model it is, for screen readers. */
  readonly peer: string
  /** Those there are. */
  readonly dtypes: ModelOutline['dtypes']
  readonly value: Dtype | undefined
  readonly onChange: (dtype: Dtype) => void
}

/** Which of a model's files: fewer bits are smaller and less exact. Nothing where there is no choice. */
export function DtypeChoice({ peer, dtypes, value = DEFAULT_DTYPE, onChange }: Props) {
  if (dtypes.length < 2) return null
  return (
    <label class="row models-dtype">
      <span>Precision</span>
      <select
        aria-label={`Precision of ${peer}`}
        value={value}
        onChange={({ currentTarget }) => {
          const chosen = dtypes.find(({ dtype }) => dtype === currentTarget.value)
          if (chosen) onChange(chosen.dtype)
        }}
      >
        {dtypes.map(({ dtype, bytes }) => (
          <option key={dtype} value={dtype}>
            {`${dtype}: ${MEANING[dtype]}, ${bytesText(bytes)}`}
          </option>
        ))}
      </select>
    </label>
  )
}
