const life = 10 * 60 * 1000

interface Verification {
  code: string
  sends: number
  checks: number
  expiresAt: number
}

export interface Asked {
  url: string
  authorization: string | null
  type: string | null
  form: Record<string, string>
}

/** Answers as Twilio's Verify API does, by its documentation: statuses, error codes, five tries, ten minutes. */
export class FakeTwilio {
  readonly requests: Asked[] = []
  private readonly open = new Map<string, Verification>()
  /** Set to answer the next request with something else. */
  next: (() => Promise<Response> | Response) | null = null

  constructor(private readonly expected: { accountSid: string; authToken: string; serviceSid: string }) {}

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const form: Record<string, string> = {}
    for (const [name, value] of await request.formData()) form[name] = String(value)
    const { url, headers } = request
    this.requests.push({ url, form, authorization: headers.get('Authorization'), type: headers.get('Content-Type') })
    init?.signal?.throwIfAborted()
    if (this.next) {
      const { next } = this
      this.next = null
      return next()
    }
    const { accountSid, authToken, serviceSid } = this.expected
    const base = `https://verify.twilio.com/v2/Services/${serviceSid}/`
    if (headers.get('Authorization') !== `Basic ${btoa(`${accountSid}:${authToken}`)}`) return problem(401, 20003)
    if (request.method !== 'POST' || !url.startsWith(base)) return problem(404, 20404)
    if (!/^\+[1-9]\d{6,14}$/.test(form.To ?? '')) return problem(400, 60200)
    return url === `${base}Verifications` ? this.start(form) : this.check(form)
  }

  /** What the phone shows. */
  codeOf(phone: string): string | null {
    return this.open.get(phone)?.code ?? null
  }

  private start({ To = '', Channel }: Record<string, string>): Response {
    if (Channel !== 'sms') return problem(400, 60200)
    if (To.startsWith('+98')) return problem(403, 60605)
    const running = this.running(To)
    const verification = running ?? { code: this.makeCode(), sends: 0, checks: 0, expiresAt: Date.now() + life }
    if (verification.sends === 5) return problem(429, 60203)
    verification.sends += 1
    this.open.set(To, verification)
    return Response.json({ sid: `VE${'0'.repeat(32)}`, to: To, channel: 'sms', status: 'pending' }, { status: 201 })
  }

  private check({ To = '', Code = '' }: Record<string, string>): Response {
    if (!/^\d{4,10}$/.test(Code)) return problem(400, 60200)
    const verification = this.running(To)
    if (!verification) return problem(404, 20404)
    if (verification.checks === 5) return problem(429, 60202)
    verification.checks += 1
    if (verification.code !== Code) return Response.json({ to: To, status: 'pending', valid: false })
    this.open.delete(To)
    return Response.json({ to: To, status: 'approved', valid: true })
  }

  private running(phone: string): Verification | undefined {
    const verification = this.open.get(phone)
    return verification && verification.expiresAt > Date.now() ? verification : undefined
  }

  private makeCode(): string {
    return String(100_000 + ((crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % 900_000))
  }
}

const problem = (status: number, code: number) =>
  Response.json(
    { status, code, message: 'refused', more_info: `https://www.twilio.com/docs/errors/${code}` },
    { status },
  )
