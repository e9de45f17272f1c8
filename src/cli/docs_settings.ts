/** `npm run docs:settings`: writes docs/settings.md. */
import { writeFileSync } from 'node:fs'
import { runCommand } from './command'
import { SETTINGS_DOCUMENT, settingsDocument } from './learn/settings_document'
import type { Command } from './options'

const DOCS_SETTINGS = {
  usage: 'npm run docs:settings --',
  about: `Writes ${SETTINGS_DOCUMENT}, the table of all settings of a run, from their schema.`,
  options: {},
} satisfies Command

await runCommand(DOCS_SETTINGS, () => writeFileSync(SETTINGS_DOCUMENT, settingsDocument()))
