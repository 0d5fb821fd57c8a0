/** Loaded with the first mail, see docs/decisions/a-smaller-worker.md. */
export const { EventEmitter } = process.getBuiltinModule('node:events')
