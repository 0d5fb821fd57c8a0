import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { wranglerArgs } from '../../scripts/support/local-server'
import { completeDevVars } from '../../scripts/support/local-settings'
import { markdownToHtml } from '../../scripts/support/markdown'
import { inSql, statement } from '../../scripts/support/sql'
import { makeLogReader } from '../../scripts/support/worker-log'

describe('the local secrets', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'studyhall-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const read = (file: string) =>
    Object.fromEntries(
      [...readFileSync(file, 'utf8').matchAll(/^([A-Z_]+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
    )

  test('are all made, for their owner only, each on a line of its own', async () => {
    const file = join(folder, '.dev.vars')
    expect(await completeDevVars(file)).toEqual(
      expect.arrayContaining(['TOKEN_SIGNING_KEYS', 'REFRESH_KEYS', 'CURSOR_KEY']),
    )
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(Object.keys(read(file))).toHaveLength(readFileSync(file, 'utf8').trim().split('\n').length)
    expect(JSON.parse(read(file).TOKEN_SIGNING_KEYS ?? '')).toMatchObject([{ crv: 'Ed25519', d: expect.any(String) }])
  })

  test('are added where one is missing, and never replaced', async () => {
    const file = join(folder, '.dev.vars')
    writeFileSync(file, "# mine\nCURSOR_KEY='kept'")
    expect(await completeDevVars(file)).not.toContain('CURSOR_KEY')
    const text = readFileSync(file, 'utf8')
    expect(text).toMatch(/^# mine\nCURSOR_KEY='kept'\n/)
    expect(text.match(/CURSOR_KEY/g)).toHaveLength(1)
    expect(await completeDevVars(file)).toEqual([])
    expect(readFileSync(file, 'utf8')).toBe(text)
  })
})

describe('the local outbox', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'studyhall-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('is on where nobody has chosen, and stays off beside a public address', async () => {
    const file = join(folder, '.dev.vars')
    expect(await completeDevVars(file)).toEqual(expect.arrayContaining(['DEV_OUTBOX', 'PUBLIC_URL']))
    for (const chosen of ["DEV_OUTBOX='off'", "PUBLIC_URL='https://hall.example.org'"]) {
      writeFileSync(file, chosen)
      expect(await completeDevVars(file)).not.toContain('DEV_OUTBOX')
    }
  })
})

test.each([
  [{ host: 'localhost', port: 8931 }, 'http://localhost:8931'],
  [{ host: '0.0.0.0', port: 80 }, 'http://localhost:80'],
  [{ host: '::1', port: 8787 }, 'http://[::1]:8787'],
])('a local server %o knows where its mail links to', (where, url) => {
  const args = wranglerArgs({ ...where, dataDir: 'x' })
  expect(args.slice(args.indexOf('--var'))).toEqual(['--var', `LOCAL_URL:${url}`])
})

describe('a value written into SQL', () => {
  test.each(["Robert'); DROP TABLE users;--", "''", '\\', '%_"`', '漢字 🙂', 'two\nlines'])(
    'stays what it is: %s',
    (value) => {
      const [row] = new DatabaseSync(':memory:').prepare(statement`SELECT ${value} AS value`).all()
      expect(row?.value).toBe(value)
    },
  )

  test('is refused when SQLite would read it otherwise', () => {
    expect(() => inSql('a\0b')).toThrow()
    expect(() => inSql(0.5)).toThrow()
    expect(inSql(null)).toBe('NULL')
  })
})

describe('what start shows of the log', () => {
  const shown = (...lines: string[]) => {
    const out: string[] = []
    const reader = makeLogReader(false, (text) => out.push(text))
    reader.start()
    for (const line of lines) reader.take(line)
    return out
  }

  test('is warnings and errors of the Worker, one readable line each', () => {
    expect(
      shown(
        '{"level":"info","event":"request","status":200}',
        '\u001b[31m✘ \u001b[41;31m[\u001b[41;97mERROR\u001b[41;31m]\u001b[0m \u001b[1m{"level":"error","event":"cron.job_failed","requestId":"req_1","job":"sweep","stack":"at x"}\u001b[0m',
        '{"level":"warn","event":"queue.unknown_message","queue":"studyhall-events"}',
      ),
    ).toEqual(['error  cron.job_failed  job=sweep  req_1', 'warn   queue.unknown_message  queue=studyhall-events'])
  })

  test('is the whole of an error of the build, and nothing of the chatter around it', () => {
    expect(
      shown(
        '⎔ Reloading local server...',
        '[wrangler:info] GET /docs 200 OK (4ms)',
        '▲ [WARNING] Something to consider',
        '  at length',
        '✘ [ERROR] Could not resolve "./nowhere"',
        '',
        '    src/index.ts:1:7',
        'Your Worker has access to the following bindings:',
        '    env.DB',
      ),
    ).toEqual(['error  Could not resolve "./nowhere"', '      src/index.ts:1:7'])
  })

  test('before the start is kept for the one who asks what went wrong', () => {
    const out: string[] = []
    const reader = makeLogReader(false, (text) => out.push(text))
    reader.take('✘ [ERROR] Address already in use')
    expect(out).toEqual([])
    expect(reader.problems()).toContain('Address already in use')
  })
})

describe('a page from Markdown', () => {
  test('has headings, rules with their anchors, tables and code', () => {
    const html = markdownToHtml(
      '# The room\n\nA **channel** is\none thing.\n\n- **L1** `GET /ws/<id>` opens.\n  And stays open.\n- plain\n\n| a | b |\n|---|---|\n| 1 \\| 2 | [x](/docs) |\n\n```\na < b\n```\n',
    )
    expect(html).toContain('<h1>The room</h1>')
    expect(html).toContain('<p>A <strong>channel</strong> is one thing.</p>')
    expect(html).toContain(
      '<li id="L1"><strong>L1</strong> <code>GET /ws/&lt;id&gt;</code> opens. And stays open.</li>',
    )
    expect(html).toContain('<tr><td>1 | 2</td><td><a href="/docs">x</a></td></tr>')
    expect(html).toContain('<pre><code>a &lt; b</code></pre>')
  })

  test('lets no markup of the text through', () => {
    expect(markdownToHtml('<img src=x onerror=y> [a](javascript:alert(1))')).toBe(
      '<p>&lt;img src=x onerror=y&gt; [a](javascript:alert(1))</p>',
    )
  })
})
