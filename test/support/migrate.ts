import { applyD1Migrations, type D1Migration, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

const { DB: db, TEST_MIGRATIONS: migrations } = env as Env & { TEST_MIGRATIONS: D1Migration[] }

// Every test file begins with empty stores, though files share a workerd. All migrations in one batch are one commit to
// disk in the place of dozens; that each works on what the ones before it left is what test/migrations.test.ts proves.
await reset()
const whole: D1Migration = { name: 'all of them', queries: migrations.flatMap(({ queries }) => queries) }
await applyD1Migrations(db, [whole])
