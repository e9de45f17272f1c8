import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { presetConfig } from '../../src/config/presets'
import { seedKey } from '../../src/random'
import { fetchFile, isAddress } from '../../workers/browser/fetch_file'
import { openTask } from '../../workers/open_task'

const LINES = Array.from({ length: 40 }, (_, i) => {
  const answer = `Each of the ${i} boxes has 3 pens.\nSo <<${i}*3=${i * 3}>>${i * 3} pens.\n#### ${i * 3}`
  return JSON.stringify({ question: `How many pens are in ${i} boxes of 3 “pens”?`, answer })
}).join('\n')

let server: Server
let base = ''
beforeAll(async () => {
  server = createServer(({ url }, response) => {
    if (url === '/train.jsonl') response.end(LINES)
    else if (url === '/packed.jsonl')
      response.setHeader('content-encoding', 'gzip').end(gzipSync('x'.repeat(5000)))
    else if (url === '/endless.jsonl') {
      const timer = setInterval(() => response.write('x'.repeat(1000)), 1)
      response.on('close', () => clearInterval(timer))
    } else if (url === '/silent.jsonl') response.write('x')
    else if (url === '/busy.jsonl') response.writeHead(503).end()
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

describe('a file at an address', () => {
  it('is fetched completely', async () => {
    const text = async (limits = {}) =>
      new TextDecoder().decode(await fetchFile(`${base}/train.jsonl`, limits))
    expect(await text()).toBe(LINES)
    expect(await text({ bytes: Buffer.byteLength(LINES) })).toBe(LINES)
  })

  it.each([
    ['/none.jsonl', {}, 'no such file'],
    ['/busy.jsonl', {}, 'HTTP 503'],
    ['/train.jsonl', { bytes: 100 }, 'bytes, wanted 100 bytes at most'],
    ['/packed.jsonl', { bytes: 1000 }, 'more than 1000 bytes'],
    ['/endless.jsonl', { bytes: 100_000 }, 'more than 100000 bytes'],
    ['/silent.jsonl', { seconds: 0.2 }, 'no complete file within 0.2 s'],
  ])('%s within %j: %s', async (path, limits, found) => {
    const failure = fetchFile(base + path, limits)
    await expect(failure).rejects.toMatchObject({ code: 'task', detail: { what: base + path } })
    await expect(failure).rejects.toThrow(found)
  })

  it('is fetched only over HTTP', async () => {
    for (const address of ['file:///etc/passwd', 'ftp://host/x', 'http://', 'https:// /x'])
      await expect(fetchFile(address)).rejects.toMatchObject({ code: 'task' })
    await expect(fetchFile('http://127.0.0.1:1/x')).rejects.toThrow('a failed download')
  })

  it('is distinguished from a file', () => {
    expect(['https://x/y', 'HTTP://x', 'file:///x'].map(isAddress)).toEqual([true, true, true])
    expect(['a.jsonl', '/a/b.jsonl', 'C:\\a', './http/x'].map(isAddress)).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})

describe('preset gsm8k', () => {
  const environment = {
    readFile: () => Promise.reject(new Error('no file is to be read')),
    openJudge: () => {
      throw new Error('no judge is needed')
    },
  }

  it('asks questions in GSM8K’s form, without examples, and reads their answers', async () => {
    const config = presetConfig('gsm8k', { questionFile: `${base}/train.jsonl` })
    const { task, notes } = await openTask(config, environment)
    expect(notes).toEqual([
      `${config.questionFile} has 40 questions: 28 to learn from, 4 to check abilities, 8 for tests`,
    ])
    const [question] = task.questions('train', seedKey(1), 1)
    const prompt = task.sharePrompt(question)
    expect(prompt.match(/Problem:/g)).toHaveLength(1)
    expect(prompt).toContain(question.text)
    expect(task.maxNewTokens('share', 2)).toBe(256)
    expect((await task.reward(question, `So it is\n#### ${question.answer}`)).correct).toBe(true)
    expect((await task.reward(question, `\\boxed{${question.answer}}`)).correct).toBe(true)
    expect((await task.reward(question, '#### -1')).correct).toBe(false)
  })

  it('has the settings of instructed models', () => {
    const { numGenerations, temperature, learningRate, sharedBase, peers, questionFile } =
      presetConfig('gsm8k')
    expect({ numGenerations, temperature }).toEqual({ numGenerations: 8, temperature: 1 })
    expect(learningRate).toBeGreaterThanOrEqual(1e-5)
    expect(learningRate).toBeLessThanOrEqual(5e-5)
    expect(sharedBase).toBe(true)
    expect(new Set(peers.map(({ source }) => source)).size).toBe(1)
    expect(questionFile).toMatch(/^https:.*\.jsonl$/)
  })
})
