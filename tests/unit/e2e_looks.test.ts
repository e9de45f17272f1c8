/** One look at a page sees what it shows before its next frame: assertions about locators poll instead. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const SINGLE_LOOK =
  /expect\(await [^;]*?\.(?:count|is(?:Enabled|Checked|Visible|Disabled)|textContent|innerText|allTextContents|allInnerTexts|getAttribute|inputValue)\([^()]*\)\)/

test('tests of the page poll what a locator finds', () => {
  const files = readdirSync('tests/e2e').map((name) => `tests/e2e/${name}`)
  const hasty = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, i) => (SINGLE_LOOK.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
  )
  expect(hasty).toEqual([])
})
