import { expect, test } from 'vitest'
import { hubAddress } from '../../src/hub/context'
import { baseUrl, fileUrl, isNearby, parseSource, peersOf, sourceName } from '../../src/hub/source'
import { bytesText, durationText } from '../../src/report/format'

test.each([
  ['models/ada', { kind: 'relative', path: 'models/ada' }],
  ['/tmp/model', { kind: 'relative', path: '/tmp/model' }],
  ['.', { kind: 'relative', path: '.' }],
  ['hub:owner/name', { kind: 'hub', id: 'owner/name', revision: 'main' }],
  ['hub:owner/na.me-1@v1.0', { kind: 'hub', id: 'owner/na.me-1', revision: 'v1.0' }],
  ['hub:owner/name@refs/pr/1', { kind: 'hub', id: 'owner/name', revision: 'refs/pr/1' }],
  ['https://host/a/b/', { kind: 'url', url: 'https://host/a/b' }],
  ['HTTP://192.168.0.7:8000/m', { kind: 'url', url: 'http://192.168.0.7:8000/m' }],
  ['folder:my model', { kind: 'picked', name: 'my model' }],
])('%j is read', (text, source) => {
  expect(parseSource(text)).toEqual(source)
})

test.each([
  [''],
  [' models/ada'],
  ['//evil.example/x'],
  ['/\\evil.example/x'],
  ['\thttps://evil.example'],
  ['ht\ntps://evil.example'],
  ['https:evil.example/x'],
  ['https://user:word@host/x'],
  ['https://host/x?y'],
  ['http://example.com/x'],
  ['http://192.168.0.7.example.com/x'],
  ['javascript:alert(1)'],
  ['file:///etc'],
  ['models/a?b'],
  ['hub:a/b/c'],
  ['hub:../..'],
  ['hub:a/b@'],
  ['hub:a/b@x/../y'],
  ['hub:a/b@c@d'],
  ['hub:a/b#c'],
  ['folder:'],
  ['folder:a/b'],
])('%j is refused by its name', (text) => {
  expect(() => parseSource(text)).toThrow(`source of a model: found ${JSON.stringify(text)}, wanted `)
})

test('only this machine and the local network count as near', () => {
  for (const host of [
    'localhost',
    'class-server',
    'pi.local',
    '10.0.0.1',
    '172.16.3.4',
    '127.0.0.1',
    '[::1]',
    '[fd00::1]',
  ])
    expect(isNearby(host), host).toBe(true)
  for (const host of ['example.com', '8.8.8.8', '172.32.0.1', '10.example.com', '[2001:db8::1]'])
    expect(isNearby(host), host).toBe(false)
})

test('the URLs of a hub model are the cache keys of transformers.js', () => {
  const source = parseSource('hub:owner/name@refs/pr/1')
  if (source.kind !== 'hub') throw new TypeError(source.kind)
  expect(fileUrl(source, 'onnx/model_q4.onnx')).toBe(
    'https://huggingface.co/owner/name/resolve/refs%2Fpr%2F1/onnx/model_q4.onnx',
  )
  expect(baseUrl(source, 'http://mirror:1/x/')).toBe('http://mirror:1/x/owner/name/resolve/refs%2Fpr%2F1/')
  expect(sourceName(source)).toBe('hub:owner/name@refs/pr/1')
})

test('peers are named by the last part of their source, and uniquely', () => {
  expect(
    peersOf(['models/ada', 'hub:x/ada@main', 'https://h.lan/m/ada/', 'folder:Bo', 'hub:x/y@v1']),
  ).toEqual([
    { id: 'ada', source: 'models/ada' },
    { id: 'ada-2', source: 'hub:x/ada' },
    { id: 'ada-3', source: 'https://h.lan/m/ada' },
    { id: 'Bo', source: 'folder:Bo' },
    { id: 'y', source: 'hub:x/y@v1' },
  ])
})

test('sizes and durations are readable', () => {
  expect([0, 999, 1000, 99_950, 999_600, 1_234_567_890].map(bytesText)).toEqual([
    '0 bytes',
    '999 bytes',
    '1.00 kB',
    '100 kB',
    '1.00 MB',
    '1.23 GB',
  ])
  expect([0.2, 59.5, 200, 3700, null].map(durationText)).toEqual([
    '1 s',
    '1 min 0 s',
    '3 min 20 s',
    '1 h 1 min',
    '?',
  ])
})

test('the address of a hub must be valid', () => {
  expect(hubAddress('http://mirror:1/x/', '')).toBe('http://mirror:1/x')
  expect(() => hubAddress('mirror', 'Change --hub')).toThrow(
    /^address of the hub: found "mirror".*Change --hub\.$/,
  )
})
