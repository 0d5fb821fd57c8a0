import { resolve } from 'node:path'
import { unstable_readConfig } from 'wrangler'

const root = resolve(import.meta.dirname, '../..')
const { alias } = unstable_readConfig({ config: resolve(root, 'wrangler.toml') })

/** What the Worker leaves out of its libraries, and the absolute paths of what stands in for it. */
export const leftOut: Record<string, string> = Object.fromEntries(
  Object.entries<string>(alias ?? {}).map(([name, path]) => [name, resolve(root, path)]),
)
