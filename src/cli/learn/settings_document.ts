import { FIELDS } from '../../app/settings/settings'
import { PRESETS } from '../../config/presets'
import {
  defaultOf,
  describeSetting,
  SETTING_NAMES,
  type SettingName,
  settingDomain,
} from '../../config/setting_domain'
import { markdownTable } from '../../report/text'
import { optionOf } from './learn_options'

const HEAD = [
  'setting',
  'what it is',
  'range',
  'default',
  'presets that differ',
  '`npm run learn`',
  'on the page',
]

/** Where the document is. */
export const SETTINGS_DOCUMENT = 'docs/settings.md'

function rangeOf(name: SettingName): string {
  const domain = settingDomain(name)
  switch (domain.kind) {
    case 'choice':
      return domain.options.map((option) => `\`${option}\``).join(', ')
    case 'choices':
      return `any of ${domain.options.map((option) => `\`${option}\``).join(', ')}`
    case 'switch':
      return '`true`, `false`'
    case 'text':
      return 'text, or `null`'
    case 'number':
      return domain.optional ? `${domain.range}, or \`null\`` : domain.range
  }
}

/** Returns docs/settings.md. */
export function settingsDocument(): string {
  const presets = Object.entries(PRESETS)
  const rows = SETTING_NAMES.map((name) => {
    const differing = presets.flatMap(([preset, { settings }]) =>
      settings[name] === undefined ? [] : [`${preset} ${JSON.stringify(settings[name])}`],
    )
    return [
      `\`${name}\``,
      describeSetting(name),
      rangeOf(name),
      `\`${JSON.stringify(defaultOf(name))}\``,
      differing.join('; '),
      `\`--${optionOf(name)}\``,
      FIELDS.some((field) => field.name === name) || name === 'backend' ? 'yes' : '',
    ]
  })
  return `# Settings of a run

\`npm run docs:settings\` writes this document from the schema, \`src/config/config.ts\`; a test fails where it is out of date.
Links hold settings under these names ([sharing.md](sharing.md)). A configuration also has its \`version\`,
the \`preset\` that it began with, and one to four \`peers\` (one only with \`method\` \`solo\`), each with \`id\`, \`source\` and, where it is wanted, \`dtype\` and \`thinking\`.

${markdownTable(HEAD, rows)}
`
}
