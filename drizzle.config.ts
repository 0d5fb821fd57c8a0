import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: './src/**/tables.ts',
  out: './migrations',
  casing: 'snake_case',
  // wrangler reads flat, numbered .sql files.
  migrations: { prefix: 'index' },
})
