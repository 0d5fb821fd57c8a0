import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { hash } from '@node-rs/argon2'
import { passwordPolicy } from '../../src/auth/rules'
import { emailSchema } from '../../src/auth/schemas'
import { newId } from '../../src/shared/ids'
import { searchTerms } from '../../src/shared/search-terms'
import { privacyVersion, usernameFrom } from '../../src/users/rules'
import { nameSchema } from '../../src/users/schemas'
import { queryD1 } from './d1.ts'
import { root, Stop } from './run.ts'
import { inSql, statement } from './sql.ts'

export interface AdminOptions {
  email?: string
  name?: string
  /** On the deployed Studyhall instead of this machine's. */
  remote: boolean
  /** Makes somebody an admin who has an account already. */
  promote: boolean
}

/** Makes an admin, and asks at the terminal for what is not given. Resolves to the exit code. */
export async function createAdmin(given: AdminOptions): Promise<number> {
  const dataDir = resolve(root, process.env.DATA_DIR || '.wrangler/state')
  const where = given.remote ? ['--remote'] : ['--local', '--persist-to', dataDir]
  const email = read(emailSchema, given.email ?? (await ask('E-mail address: ')), 'an e-mail address')
  const [known] = await queryD1<Person>(
    where,
    statement`SELECT id, username, role, status FROM users WHERE email = ${email}`,
  )
  if (known) return promote(where, known, given.promote)
  if (given.promote) throw new Stop(`There is no account with the address ${email}. Leave --promote out to make one.`)
  const name = read(nameSchema, given.name ?? (await ask('Name: ')), 'a name of at most 100 characters')
  return create(where, email, name)
}

async function ask(question: string): Promise<string> {
  if (!process.stdin.isTTY) throw new Stop('Say who it is: --email ada@example.org --name "Ada Lovelace"')
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return await terminal.question(question)
  } finally {
    terminal.close()
  }
}

function read<T>(schema: { safeParse(text: string): { data?: T } }, text: string, wanted: string): T {
  const { data } = schema.safeParse(text)
  if (data === undefined) throw new Stop(`${JSON.stringify(text)} is not ${wanted}.`)
  return data
}

async function create(where: string[], email: string, name: string): Promise<number> {
  const password = newPassword()
  const { memoryCost, timeCost, parallelism, hashLength: outputLen } = passwordPolicy
  const passwordHash = await hash(password, { memoryCost, timeCost, parallelism, outputLen })
  const [id, now] = [newId('user'), Date.now()]
  const username = `${usernameFrom(name).base}_${id.slice(-5)}`
  const terms = searchTerms(`${name} ${username}`).join(' ')
  const isThere = `EXISTS (SELECT 1 FROM users WHERE id = ${inSql(id)})`
  const made = await queryD1<Person>(
    where,
    // Whoever runs this vouches for the address.
    statement`INSERT INTO users (id, email, email_verified_at, username, password_hash, name, role, created_at, updated_at,
        last_active_at)
      VALUES (${id}, ${email}, ${now}, ${username}, ${passwordHash}, ${name}, 'admin', ${now}, ${now}, ${now})
      ON CONFLICT DO NOTHING`,
    `${statement`INSERT INTO profiles (user_id) SELECT ${id}`} WHERE ${isThere}`,
    `${statement`INSERT INTO consents (user_id, version, agreed_at) SELECT ${id}, ${privacyVersion}, ${now}`} WHERE ${isThere}`,
    statement`INSERT INTO user_search (rowid, terms) SELECT num, ${terms} FROM users WHERE id = ${id}`,
    `${statement`INSERT INTO audit_log (id, at, event, subject_id, reason)
      SELECT ${newId('audit')}, ${now}, 'user.registered', ${id}, 'admin:create'`} WHERE ${isThere}`,
    statement`SELECT id, username, role, status FROM users WHERE id = ${id}`,
  )
  if (made.length === 0) throw new Stop('Somebody has just taken this address. Run it again with --promote.')
  console.log(`Made the admin ${username}, ${email}.\n`)
  console.log(`  Password: ${password}\n`)
  console.log('It is shown only now. Sign in with it and choose your own: PUT /api/v1/auth/password')
  return 0
}

interface Person {
  id: string
  username: string
  role: string
  status: string
}

async function promote(where: string[], { id, username, role, status }: Person, wanted: boolean): Promise<number> {
  if (role === 'admin') {
    console.log(`@${username} is an admin already; nothing was changed.`)
    return 0
  }
  if (status !== 'active') throw new Stop(`The account @${username} is ${status}; nothing was changed.`)
  if (!wanted)
    throw new Stop(
      `@${username} has this address already. If you know that the account belongs to its owner, make it an admin: run this again with --promote`,
    )
  const details = JSON.stringify({ from: role, to: 'admin' })
  const now = Date.now()
  await queryD1<Person>(
    where,
    statement`INSERT INTO audit_log (id, at, event, subject_id, reason, details)
      SELECT ${newId('audit')}, ${now}, 'user.role_changed', id, 'admin:create', ${details}
      FROM users WHERE id = ${id} AND role <> 'admin'`,
    statement`UPDATE users SET role = 'admin', updated_at = ${now} WHERE id = ${id} AND role <> 'admin'`,
  )
  console.log(`@${username} is an admin now.`)
  return 0
}

/** 120 random bits in groups that can be read out: no letter or digit looks like another. */
function newPassword(): string {
  const alphabet = 'abcdefghjkmnpqrstvwxyz0123456789'
  const characters = Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => alphabet[byte % 32])
  return characters.join('').replace(/(.{6})(?=.)/g, '$1-')
}
