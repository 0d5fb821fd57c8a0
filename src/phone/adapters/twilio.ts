import { PhoneFailure, type PhoneFailureKind, type PhoneOutcome, type PhoneVerifier } from './contract'

export interface TwilioSettings {
  /** An account SID (AC…) with its auth token, or an API key (SK…) with its secret. */
  accountSid: string
  authToken: string
  /** VA… */
  serviceSid: string
}

/** How long an answer may take, in milliseconds. */
const patience = 10_000

/** Twilio finds the language by the number's country; it is told only where the reader's is one that it surely speaks. */
const locales = ['de', 'en', 'es', 'fr', 'it', 'nl', 'pl', 'pt', 'ja', 'ko', 'zh']

/** Twilio's error codes, as its documentation lists them; the rest is told by the status. */
const kinds: Record<number, PhoneFailureKind> = {
  20003: 'misconfigured',
  20404: 'misconfigured',
  60200: 'refused',
  60203: 'limited',
  60205: 'refused',
  60207: 'temporary',
  60212: 'limited',
  60223: 'misconfigured',
  60238: 'refused',
  60410: 'refused',
  60605: 'refused',
}

/** The Verify API, version 2. Twilio makes, sends and compares the code; within ten minutes it sends the same one again. */
export function twilioPhone(settings: TwilioSettings): PhoneVerifier {
  const credentials = new TextEncoder().encode(`${settings.accountSid}:${settings.authToken}`).toBase64()
  const post = (resource: string, form: Record<string, string>) =>
    ask(`https://verify.twilio.com/v2/Services/${settings.serviceSid}/${resource}`, credentials, form)
  return {
    name: 'twilio',
    async start(phone, locale) {
      const [language = ''] = locale.toLowerCase().split(/[-_]/)
      const form = { To: phone, Channel: 'sms', ...(locales.includes(language) ? { Locale: language } : {}) }
      const { status, body } = await post('Verifications', form)
      if (status !== 201 && status !== 200) throw failureOf(status, body)
    },
    async check(phone, code) {
      const { status, body } = await post('VerificationCheck', { To: phone, Code: code })
      return outcomeOf(status, body)
    },
  }
}

interface Answer {
  status?: unknown
  code?: unknown
}

/** Never repeated by itself: each start sends a message, each check uses up a try. */
async function ask(url: string, credentials: string, form: Record<string, string>) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { Authorization: `Basic ${credentials}`, Accept: 'application/json' },
      body: new URLSearchParams(form),
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    })
    const text = await response.text()
    return { status: response.status, body: readAnswer(text) }
  } catch (error) {
    throw new PhoneFailure('temporary', 'no answer from Twilio', { cause: error })
  }
}

function readAnswer(text: string): Answer {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function outcomeOf(status: number, body: Answer): PhoneOutcome {
  if (status === 200 || status === 201) {
    if (body.status === 'approved') return 'approved'
    if (body.status === 'pending') return 'wrong'
    return body.status === 'max_attempts_reached' ? 'too_many' : 'expired'
  }
  if (body.code === 60202) return 'too_many'
  // Twilio forgets a verification that expired, was approved or had five tries. An unknown service looks the same, but
  // then no code was sent.
  if (status === 404) return 'expired'
  // A code of a form that it never sends.
  if (body.code === 60200) return 'wrong'
  throw failureOf(status, body)
}

function failureOf(status: number, body: Answer): PhoneFailure {
  const code = typeof body.code === 'number' ? body.code : null
  const known = code === null ? undefined : kinds[code]
  const kind = known ?? (status === 401 || status === 403 || status === 404 ? 'misconfigured' : 'temporary')
  return new PhoneFailure(kind, `Twilio answered ${status}${code === null ? '' : `, error ${code}`}`)
}
