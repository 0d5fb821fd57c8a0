type Fields = Record<string, string | number | boolean | null | undefined>

export interface Log {
  info(event: string, fields?: Fields): void
  warn(event: string, fields?: Fields): void
  error(event: string, fields?: Fields): void
}

/** One JSON object a line. Never give it a token, a password, a code or the text of a message. */
export function makeLog(shared: Fields): Log {
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (event: string, fields: Fields = {}) => {
      // biome-ignore lint/suspicious/noConsole: the console is where a Worker's log goes
      console[level](JSON.stringify({ level, event, ...shared, ...fields }))
    }
  return { info: write('info'), warn: write('warn'), error: write('error') }
}

/**
 * What may be logged of an unknown error. A failed query's message goes on with its parameters, which may be an address
 * or a hash, so it is cut before them, and of the stack only the places are kept.
 */
export function errorFields(error: unknown): Fields {
  if (!(error instanceof Error)) return { error: String(error) }
  const cut = (message: string) => message.split('\nparams:')[0]
  return {
    error: error.name,
    message: cut(error.message),
    cause: error.cause instanceof Error ? cut(error.cause.message) : undefined,
    stack: error.stack
      ?.split('\n')
      .filter((text) => /^\s+at /.test(text))
      .slice(0, 12)
      .join('\n'),
  }
}
