/** Families that people try and this engine lacks, by the names in their config.json, and what they need. */

const REFUSED: readonly (readonly [names: RegExp, reason: string])[] = [
  [/^lfm2/i, 'LFM2 mixes tokens by convolutions in most layers'],
  [/^qwen3_?5/i, 'Qwen3.5 has linear attention in most layers'],
  [/^qwen3_?next/i, 'Qwen3-Next has linear attention in most layers'],
  [/mamba|falcon_?h1|jamba|bamba|zamba|nemotron_?h|rwkv/i, 'this model has state-space layers'],
  [/^gemma3n/i, 'Gemma 3n has embeddings for each layer'],
  [/^gemma3/i, 'this Gemma 3 reads images; the 270M and 1B models read text only'],
  [/moe/i, 'this model is a mixture of experts'],
]

/** Returns why a model of these names is refused; null for a name that is not known. */
export function refusalOf(names: readonly string[]): string | null {
  return REFUSED.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1] ?? null
}
