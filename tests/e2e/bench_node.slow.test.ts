import { describe, expect, it } from 'vitest'
import { bench } from './bench_command'

const NO_BROWSER = '/no/browser'

describe('npm run bench in node', () => {
  it('runs without a browser', async () => {
    const env = { CHROME_PATH: NO_BROWSER }
    const { status, stdout, stderr } = await bench(['decode', '--quick', '--on', 'node'], env)
    expect(status, stderr).toBe(0)
    expect(stdout).toMatch(/^decode on node, /)
    expect(stdout).toMatch(/^sampling speed at temperature 1 +[\d.,]+ tokens\/s$/m)
  })

  it('ends with one sentence where it needs a browser and finds none', async () => {
    const { status, stderr } = await bench(['decode', '--quick'], {
      CHROME_PATH: NO_BROWSER,
    })
    expect(status).toBe(1)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(/^error: npm run bench: found no Chrome/)
  })
})
