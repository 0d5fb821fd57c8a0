import { number } from './stats.ts'
import type { Plot } from './workload.ts'

const [width, height] = [720, 380]
const frame = { left: 64, right: 20, top: 40, bottom: 48 }
const legendLine = 18
const colours = ['#0f766e', '#b91c1c', '#b45309', '#4338ca', '#6b7280', '#059669', '#be185d']

interface Axis {
  at(value: number): number
  ticks: number[]
}

/** A line for each series, as plain SVG that any page can show. */
export function svg({ title, x, y, series }: Plot): string {
  const points = series.flatMap((one) => one.points).filter(([, value]) => Number.isFinite(value))
  const bottom = height - frame.bottom
  const across = axis(
    points.map(([value]) => value),
    frame.left,
    width - frame.right,
  )
  const up = axis(
    points.map(([, value]) => value),
    bottom,
    frame.top,
  )
  const lines = series.map(({ points: own }, n) => {
    const colour = colours[n % colours.length]
    const places = own
      .filter(([, value]) => Number.isFinite(value))
      .map(([a, b]) => [across.at(a).toFixed(1), up.at(b).toFixed(1)] as const)
    const dots = places.map(([a, b]) => `<circle cx="${a}" cy="${b}" r="3" fill="${colour}"/>`).join('')
    const path = places.map((place) => place.join(',')).join(' ')
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}`
  })
  const grid = [
    ...across.ticks.map((tick) => {
      const place = across.at(tick).toFixed(1)
      const label = `<text x="${place}" y="${bottom + 16}" text-anchor="middle">${number(tick)}</text>`
      return `<line x1="${place}" y1="${frame.top}" x2="${place}" y2="${bottom}" stroke="#e5e7eb"/>${label}`
    }),
    ...up.ticks.map((tick) => {
      const place = up.at(tick).toFixed(1)
      const label = `<text x="${frame.left - 8}" y="${Number(place) + 4}" text-anchor="end">${number(tick)}</text>`
      return `<line x1="${frame.left}" y1="${place}" x2="${width - frame.right}" y2="${place}" stroke="#e5e7eb"/>${label}`
    }),
  ]
  const legend = series.map(({ label }, n) => {
    const line = height + n * legendLine
    const swatch = `<rect x="${frame.left}" y="${line - 9}" width="12" height="10" fill="${colours[n % colours.length]}"/>`
    return `${swatch}<text x="${frame.left + 20}" y="${line}">${escaped(label)}</text>`
  })
  const whole = height + series.length * legendLine
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${whole}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${whole}" fill="#ffffff"/>
<text x="${frame.left}" y="22" font-size="15" font-weight="bold">${escaped(title)}</text>
${grid.join('\n')}
${lines.join('\n')}
<text x="${(frame.left + width - frame.right) / 2}" y="${bottom + 36}" text-anchor="middle">${escaped(x)}</text>
<text transform="translate(14 ${(frame.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y)}</text>
${legend.join('\n')}
</svg>
`
}

/** Logarithmic when the values reach over more than two decades. */
function axis(values: number[], from: number, to: number): Axis {
  const high = Math.max(1, ...values)
  const low = Math.min(high, ...values.filter((value) => value > 0))
  if (high / low > 100) {
    const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))]
    const at = (value: number) =>
      from + ((Math.log10(Math.max(value, 10 ** first)) - first) / (last - first)) * (to - from)
    return { at, ticks: Array.from({ length: last - first + 1 }, (_, n) => 10 ** (first + n)) }
  }
  const step = niceStep(high / 5)
  const top = Math.ceil(high / step) * step
  const count = Math.round(top / step)
  return {
    at: (value) => from + (value / top) * (to - from),
    ticks: Array.from({ length: count + 1 }, (_, n) => n * step),
  }
}

function niceStep(rough: number): number {
  const decade = 10 ** Math.floor(Math.log10(rough))
  return [1, 2, 5, 10].map((factor) => factor * decade).find((step) => step >= rough) ?? decade * 10
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
