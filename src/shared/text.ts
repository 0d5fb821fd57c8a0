import * as z from 'zod'
import { textProblem } from './json'

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
const controlCharacters = /[\u0000-\u001f\u007f-\u009f]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same, but for tab, line feed and carriage return
const controlCharactersButLines = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/

export const codePoints = (text: string) => {
  let count = 0
  for (const _ of text) count += 1
  return count
}

function boundedText(max: number, forbidden: RegExp, min: number) {
  return z
    .string()
    .transform((text, check) => {
      const problem = textProblem(text) ?? (forbidden.test(text) ? 'must not contain control characters' : null)
      if (problem) {
        check.addIssue({ code: 'custom', message: problem })
        return z.NEVER
      }
      const clean = text.trim().normalize('NFC')
      const length = codePoints(clean)
      if (length < min || length > max) {
        check.addIssue({ code: 'custom', message: `must have ${min} to ${max} characters` })
        return z.NEVER
      }
      return clean
    })
    .meta({ minLength: min, maxLength: max })
}

/** One line: trimmed, NFC, counted in code points, without control characters. */
export const line = (max: number, min = 1) => boundedText(max, controlCharacters, min)

/** Several lines: like `line`, but tabs and line breaks may stay; may be empty. */
export const paragraph = (max: number) => boundedText(max, controlCharactersButLines, 0)

export const isoTime = z.iso.datetime().describe('ISO 8601 in UTC')
