/** Small pieces of SVG text. Figures have a white ground of their own, so they read the same in light and dark pages. */

type Attributes = Readonly<Record<string, string | number>>

export const INK = '#1f2328'
export const FAINT = '#d0d7de'
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"

/** Colours that colour-blind people can tell apart (Okabe and Ito, 2008), darker ones first; yellow is left out on white. */
export const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#4d4d4d'] as const
/** Lines differ in their dashes as well. */
export const DASHES = ['', '7 3', '2 3', '9 3 2 3', '4 4', '1 2', '12 4'] as const

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** Numbers are written with two decimals: half a hundredth of a pixel is not seen. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const list = Object.entries(attributes)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === 'number' ? Number(value.toFixed(2)) : escapeXml(value)}"`,
    )
    .join('')
  return children.length === 0 ? `<${name}${list}/>` : `<${name}${list}>${children.join('')}</${name}>`
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeXml(content))
}

/** A whole figure; the title is both shown and read out. */
export function figure(width: number, height: number, title: string, parts: readonly string[]): string {
  const frame = {
    ...{ xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height },
    ...{ role: 'img', 'font-family': FONT, 'font-size': 12, fill: INK },
  }
  const ground = element('rect', { width, height, rx: 6, fill: '#ffffff' })
  const head = text(16, 26, title, { 'font-size': 15, 'font-weight': 600 })
  return `${element('svg', frame, `<title>${escapeXml(title)}</title>`, ground, head, ...parts)}\n`
}

export interface Scale {
  /** From a value to a place in pixels. */
  (value: number): number
  readonly ticks: readonly number[]
}

/** Linear, widened to round numbers on both sides. */
export function scaleOf(values: readonly number[], from: number, to: number, about = 5): Scale {
  const low = Math.min(...values)
  const high = Math.max(...values)
  const step = roundStep((high - low || Math.abs(high) || 1) / about)
  const first = Math.floor(low / step + 1e-9)
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9))
  const ticks = Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  )
  const [start, end] = [ticks[0], ticks[ticks.length - 1]]
  const place = (value: number) => from + ((value - start) / (end - start)) * (to - from)
  return Object.assign(place, { ticks })
}

/** The next of 1, 2, 5 · 10^k. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return power * ([1, 2, 5].find((digit) => digit * power >= least * (1 - 1e-9)) ?? 10)
}
