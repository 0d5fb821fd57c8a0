import type { EventFacts, EventType } from '../../outbox/contract'
import type { Named, Speech, Texts, Words } from './content'
import { de } from './de'
import { en } from './en'

const languages: Record<string, Texts> = { en, de }

/** The words of the language that comes nearest to a reader's locale; English if none does. */
export function textsFor(locale: string): Texts {
  const [language = ''] = locale.toLowerCase().split(/[-_]/)
  return Object.hasOwn(languages, language) ? (languages[language] ?? en) : en
}

export interface Reading {
  locale: string
  timezone: string
}

interface Told {
  type: EventType
  facts: EventFacts[EventType]
  actorName: string | null
  channelName: string | null
  channelKind: 'room' | 'personal' | 'group' | 'conversation' | null
  createdAt: number
}

function speechOf(texts: Texts, { locale, timezone }: Reading): Speech {
  return {
    time: (at) =>
      new Intl.DateTimeFormat(texts === en ? 'en-GB' : locale, {
        dateStyle: 'medium',
        timeStyle: 'short',
        timeZone: timezone,
      }).format(at),
    who: ({ actor }) => actor ?? texts.somebody,
    where: ({ channel, kind }) => texts.places[kind ?? 'none'](channel ?? ''),
  }
}

const oneLine = (words: string) => words.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()

/** One event in the reader's language. Names and facts may hold anything; each stays on its line. */
export function wordsFor(told: Told, reading: Reading): Words {
  const { type, facts, actorName, channelName, channelKind } = told
  const texts = textsFor(reading.locale)
  const named: Named = {
    actor: actorName,
    channel: channelName,
    kind: channelKind === 'personal' ? 'room' : channelKind,
    at: told.createdAt,
  }
  const tell = texts.events[type] as (
    facts: EventFacts[EventType],
    named: Named,
    speech: Speech,
  ) => string | [string, string | null]
  const said = tell(facts, named, speechOf(texts, reading))
  const [title, text] = typeof said === 'string' ? [said, null] : said
  return { title: oneLine(title), text: oneLine(text ?? '') }
}
