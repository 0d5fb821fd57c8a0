import { serverErrors } from './errors'

/**
 * Asks an object, and once more when the platform and not the object failed: only for what may be asked twice.
 * @param onFailure hears of the first failure
 * @throws server.unavailable
 */
export async function reach<T>(question: () => Promise<T>, onFailure: (error: unknown) => void): Promise<T> {
  try {
    return await question()
  } catch (error) {
    if (!isPassing(error)) throw error
    onFailure(error)
  }
  try {
    return await question()
  } catch (error) {
    if (!isPassing(error)) throw error
    throw serverErrors.unavailable()
  }
}

/** Errors of the platform rather than of our code carry these marks. */
function isPassing(error: unknown): boolean {
  return error instanceof Error && ('retryable' in error || 'overloaded' in error || 'durableObjectReset' in error)
}
