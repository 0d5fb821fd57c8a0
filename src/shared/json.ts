import { requestErrors } from './errors'

export const maxJsonDepth = 32

/**
 * Parses a JSON text and refuses what no part of Studyhall may store: nesting below 32 levels, `__proto__` keys, NUL
 * and lone surrogates.
 * @throws request.malformed_json, request.too_deep, request.invalid
 */
export function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw requestErrors.malformedJson()
  }
  const problem = findJsonProblem(value)
  if (problem === 'deep') throw requestErrors.tooDeep()
  if (problem) throw requestErrors.invalid({ errors: [{ field: problem.path, message: problem.message }] })
  return value
}

type JsonProblem = 'deep' | { path: string; message: string } | null

/** The first thing in a parsed JSON value that may not be stored, or null. Works without recursion. */
export function findJsonProblem(value: unknown): JsonProblem {
  const open: { value: unknown; path: string; depth: number }[] = [{ value, path: 'body', depth: 1 }]
  for (let at = open.pop(); at; at = open.pop()) {
    if (typeof at.value === 'string') {
      const message = textProblem(at.value)
      if (message) return { path: at.path, message }
      continue
    }
    if (typeof at.value !== 'object' || at.value === null) continue
    if (at.depth > maxJsonDepth) return 'deep'
    for (const [key, inner] of Object.entries(at.value)) {
      if (key === '__proto__') return { path: at.path, message: 'must not have a key named __proto__' }
      if (textProblem(key)) return { path: at.path, message: 'must not have a key with NUL or a lone surrogate' }
      open.push({ value: inner, path: `${at.path}.${key}`, depth: at.depth + 1 })
    }
  }
  return null
}

export function textProblem(text: string): string | null {
  if (text.includes('\0')) return 'must not contain NUL'
  if (!text.isWellFormed()) return 'must not contain half of a surrogate pair'
  return null
}
