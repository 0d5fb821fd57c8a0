/** RFC 5545 as text. Values are written as they are given; `text` escapes what people wrote. */

const encoder = new TextEncoder()
const maxOctets = 75

export const text = (value: string) => value.replace(/[\\;,]/g, '\\$&').replace(/\r\n|\r|\n/g, '\\n')

/** Cuts a line into pieces of at most 75 octets, never within a character. */
function fold(line: string): string {
  if (encoder.encode(line).length <= maxOctets) return line
  let folded = ''
  let octets = 0
  for (const character of line) {
    const size = encoder.encode(character).length
    if (octets + size > maxOctets) {
      folded += '\r\n '
      // The space that continues a line counts, too.
      octets = 1
    }
    folded += character
    octets += size
  }
  return folded
}

export const joinLines = (lines: readonly string[]) => lines.map((line) => `${fold(line)}\r\n`).join('')

/** `20270304T183000Z` */
export const utcTime = (at: number) => `${new Date(at).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`

/** `20270304T183000`, as the clocks of a zone show it. */
export const localTime = (date: string, time: string) => `${dateOf(date)}T${time.replace(':', '')}00`

/** `20270304` */
export const dateOf = (date: string) => date.replaceAll('-', '')
