import { expect, test } from 'vitest'
import { z } from 'zod'
import { FIELDS } from '../../src/app/settings/settings'
import { LEARN } from '../../src/cli/learn_options'
import { helpText } from '../../src/cli/options'
import { runConfigSchema } from '../../src/runs/config'
import { PRESETS } from '../../src/runs/presets'
import { describeSetting, SETTING_NAMES, settingDomain } from '../../src/runs/setting_domain'

const SCHEMA = z.toJSONSchema(runConfigSchema, { io: 'input' }).properties ?? {}

function defaultOf(name: string): unknown {
  const schema = SCHEMA[name]
  return typeof schema === 'object' ? schema.default : undefined
}

/** The option of `learn` under which a setting goes, as its help says. */
function optionOf(name: (typeof SETTING_NAMES)[number]): string {
  const about = describeSetting(name).split(' ').slice(0, 4).join(' ')
  const lines = helpText(LEARN).split('\n')
  const at = lines.findIndex((line) => line.includes(about))
  const option = /^ {2}--([a-z0-9-]+)/
  return (option.exec(lines[at] ?? '') ?? option.exec(lines[at - 1] ?? ''))?.[1] ?? ''
}

function rangeOf(name: (typeof SETTING_NAMES)[number]): string {
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

function document(): string {
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
      `\`--${name === 'questionFile' ? 'task-file' : optionOf(name)}\``,
      FIELDS.some((field) => field.name === name) || name === 'backend' ? 'yes' : '',
    ]
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | ')
  })
  return `# Settings of a run

Written from the schema, \`src/runs/config.ts\`, by \`npx vitest run --project unit tests/unit/settings_document.test.ts -u\`; the tests fail
where it is out of date. Links hold settings under these names ([sharing.md](sharing.md)). A configuration also has its \`version\`,
the \`preset\` that it began with, and two to four \`peers\`, each with \`id\`, \`source\` and, where it is wanted, \`dtype\` and \`thinking\`.

| setting | what it is | range | default | presets that differ | \`npm run learn\` | on the page |
|---|---|---|---|---|---|---|
${rows.map((row) => `| ${row} |`).join('\n')}
`
}

test('every setting has a line about it and a default that the schema lets it have', () => {
  for (const name of SETTING_NAMES) {
    expect(describeSetting(name), name).not.toBe('')
    expect(runConfigSchema.shape[name].safeParse(defaultOf(name)).success, name).toBe(true)
  }
})

test('the document lists every setting with its range, its default and where it is set', async () => {
  for (const name of SETTING_NAMES) if (name !== 'questionFile') expect(optionOf(name), name).not.toBe('')
  await expect(document()).toMatchFileSnapshot('../../docs/settings.md')
})
