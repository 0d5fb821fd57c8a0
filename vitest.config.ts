import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { localSecrets } from './scripts/local-secrets.ts'
import { leftOut } from './test/support/left-out.ts'

export default defineConfig({
  test: {
    silent: 'passed-only',
    // Two cores, and many tests wait: one worker fewer than cores, as is the default, leaves half the machine idle.
    maxWorkers: 2,
    // Numbers that a test has measured are worth seeing when it passes, too: `annotate(text, 'measured')`.
    reporters: [
      'default',
      {
        onTestCaseAnnotate(_test, { type, message }) {
          if (type === 'measured') process.stdout.write(` ${message}\n`)
        },
      },
    ],
    projects: [
      {
        // Pure rules, the room's core and what reads the source tree: plain Node, milliseconds.
        test: { name: 'pure', include: ['test/**/*.pure.test.ts'], environment: 'node', testTimeout: 20_000 },
      },
      {
        // Everything that needs the Worker: real D1, Durable Objects, R2 and Queues in workerd.
        resolve: {
          alias: Object.entries(leftOut).map(([name, replacement]) => ({
            find: new RegExp(`^${RegExp.escape(name)}$`),
            replacement,
          })),
        },
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                ...(await localSecrets()),
                DEV_OUTBOX: 'on',
                TEST_MIGRATIONS: await readD1Migrations('migrations'),
              },
              // For the test of the migrations, which wants a database that has seen none of them.
              d1Databases: { EMPTY_DB: 'empty' },
              ratelimits: {
                SHIELD_USER: { namespace_id: '1001', simple: { limit: 1_000_000, period: 60 } },
                SHIELD_ADDRESS: { namespace_id: '1002', simple: { limit: 1_000_000, period: 60 } },
              },
            },
          })),
        ],
        test: {
          name: 'worker',
          // A workerd for each file, and all of the Worker loaded anew into it, would take most of the time. Instead
          // test/support/migrate.ts empties every store before the next file.
          isolate: false,
          sequence: { groupOrder: 1 },
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.pure.test.ts', 'test/**/*.system.test.ts'],
          setupFiles: ['test/support/migrate.ts'],
          testTimeout: 20_000,
        },
      },
      {
        // A real `wrangler dev`, spoken to and killed from outside.
        test: {
          name: 'system',
          sequence: { groupOrder: 2 },
          include: ['test/**/*.system.test.ts'],
          environment: 'node',
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
