/** Loaded with the first mail, see docs/decisions/a-smaller-worker.md. */
export const { Transform, PassThrough, finished } = process.getBuiltinModule('node:stream')
