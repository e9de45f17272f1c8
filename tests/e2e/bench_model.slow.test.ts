import { expect, it } from 'vitest'
import { bench } from './bench_command'

it('npm run bench -- model measures every part of every model, next to transformers.js', async () => {
  const { status, stdout, stderr } = await bench(['model', '--quick'])
  expect(status, stderr).toBe(0)
  expect(stdout).not.toMatch(/failed|NaN/)
  for (const name of ['smollm2-135m', 'qwen2.5-0.5b', 'llama-3.2-1b'])
    for (const dtype of ['q4', 'q4f16']) {
      const line = (part: string, rest: string) => new RegExp(`^${name} ${dtype}: ${part} +${rest}`, 'm')
      for (const part of ['load', 'update', 'whole step']) expect(stdout).toMatch(line(part, '[\\d.]+ s$'))
      expect(stdout).toMatch(
        line('decoding, 4 rows', '[\\d,.]+ tokens/s +transformers\\.js +[\\d,.]+ tokens/s'),
      )
      expect(stdout).toMatch(line('peak wasm memory', '[\\d.]+ MB$'))
    }
}, 900_000)
