import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { LEARN, optionOf } from '../../src/cli/learn/learn_options'
import { SETTINGS_DOCUMENT, settingsDocument } from '../../src/cli/learn/settings_document'
import { runConfigSchema } from '../../src/config/config'
import { defaultOf, describeSetting, SETTING_NAMES } from '../../src/config/setting_domain'

test.each(SETTING_NAMES)('%s has a description, an option, and a default that the schema accepts', (name) => {
  expect(describeSetting(name)).not.toBe('')
  expect(Object.keys(LEARN.options)).toContain(optionOf(name))
  expect(runConfigSchema.shape[name].safeParse(defaultOf(name)).success).toBe(true)
})

test('docs/settings.md is the output of npm run docs:settings', () => {
  expect(readFileSync(SETTINGS_DOCUMENT, 'utf8')).toBe(settingsDocument())
})
