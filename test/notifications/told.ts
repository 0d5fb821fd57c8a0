import { expect, vi } from 'vitest'
import type { Person } from '../support/people'

/** What somebody has been told, the oldest first, once it is this much. */
export const toldTo = (person: Pick<Person, 'call'>, count: number) =>
  vi.waitFor(async () => {
    const { body } = await person.call('GET', '/notifications')
    expect(body.data).toHaveLength(count)
    return body.data.map(({ type, title }: Record<string, string>) => [type, title]).toReversed()
  }, 5000)
