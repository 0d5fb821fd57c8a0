interface Key {
  bytes: Uint8Array
}

/** A token that says what it is good for and until when, and that nobody else can make. */
export async function signToken(
  keys: readonly Key[],
  purpose: string,
  payload: { id: string; until: number },
): Promise<string> {
  const body = encode(new TextEncoder().encode(JSON.stringify([payload.id, payload.until])))
  const mac = await crypto.subtle.sign('HMAC', await importKey(keys[0]), textOf(purpose, body))
  return `${body}.${encode(new Uint8Array(mac))}`
}

/** The id in a token of ours for this purpose whose time is not over; null for anything else. Times in milliseconds. */
export async function openToken(
  keys: readonly Key[],
  purpose: string,
  token: string,
  now: number,
): Promise<string | null> {
  const [body = '', mac = '', ...rest] = token.split('.')
  if (rest.length > 0) return null
  try {
    const given = Uint8Array.fromBase64(mac, { alphabet: 'base64url' })
    for (const key of keys) {
      if (!(await crypto.subtle.verify('HMAC', await importKey(key), given, textOf(purpose, body)))) continue
      const [id, until] = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(body, { alphabet: 'base64url' })))
      return typeof id === 'string' && typeof until === 'number' && now < until ? id : null
    }
  } catch {
    // Not base64url: not ours.
  }
  return null
}

const importKey = (key: Key | undefined) =>
  crypto.subtle.importKey('raw', key?.bytes ?? new Uint8Array(), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ])

const textOf = (purpose: string, body: string) => new TextEncoder().encode(`signed ${purpose}\n${body}`)

const encode = (bytes: Uint8Array) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
