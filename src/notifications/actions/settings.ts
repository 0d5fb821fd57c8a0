import type { UserCtx } from '../../app/context'
import { requestErrors } from '../../shared/errors'
import { type Category, categories, type Way, ways } from '../contract'
import { clockOf, minuteOf, quietUntil } from '../quiet'
import type { Preferences, PreferencesInput, QuietHoursInput } from '../schemas'
import { findOwnSettings, type SettingsChange, upsertQuietHours, upsertSettings } from '../settings-store'
import { frequencyOf } from './standing'

/** How the caller is told, with the defaults where nothing was chosen. */
export async function showPreferences(ctx: UserCtx): Promise<Preferences> {
  const settings = await findOwnSettings(ctx)
  const until = quietUntil(ctx.now(), settings.quietHours, settings.quietZone)
  const choices = categories.map((category) => [category, choiceOf(settings, category)] as const)
  return {
    categories: Object.fromEntries(choices) as Preferences['categories'],
    quietWhileStudying: settings.quietWhileStudying,
    digestHour: settings.digestHour,
    digestWeekday: settings.digestWeekday,
    quietHours: {
      ranges: settings.quietHours.map(({ weekday, startMinute, endMinute }) => ({
        weekday,
        start: clockOf(startMinute),
        end: clockOf(endMinute),
      })),
      timezone: settings.quietTimezone,
      until: until === null ? null : new Date(until).toISOString(),
    },
    ways: ways.filter((way) => way === 'app' || (way === 'mail' ? ctx.mail : ctx.push) !== null),
  }
}

function choiceOf(
  settings: Parameters<typeof frequencyOf>[0],
  category: Category,
): Preferences['categories'][Category] {
  const of = (way: Way) => (category === 'security' ? 'immediately' : frequencyOf(settings, category, way))
  return { app: of('app') === 'never' ? 'never' : 'immediately', mail: of('mail'), push: of('push') }
}

/** Changes what is given, and leaves the rest. */
export async function changePreferences(ctx: UserCtx, input: PreferencesInput): Promise<Preferences> {
  const { categories: chosen, ...others } = input
  if (Object.values(input).some((value) => value !== undefined))
    await upsertSettings(ctx, { ...others, preferences: (chosen ?? {}) as SettingsChange['preferences'] })
  return showPreferences(ctx)
}

/** Takes the place of the quiet hours there were; no ranges, no quiet hours. @throws request.invalid */
export async function setQuietHours(
  ctx: UserCtx,
  { ranges, timezone }: QuietHoursInput,
): Promise<Preferences['quietHours']> {
  const read = ranges.map(({ weekday, start, end }, at) => {
    if (start === end)
      throw requestErrors.invalid({
        errors: [{ field: `body.ranges.${at}.end`, message: 'must differ from the start' }],
      })
    return { weekday, startMinute: minuteOf(start), endMinute: minuteOf(end) }
  })
  await upsertQuietHours(ctx, { ranges: read, timezone })
  return (await showPreferences(ctx)).quietHours
}
