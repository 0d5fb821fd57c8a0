/** Loaded with the first mail, see docs/decisions/a-smaller-worker.md. */
export default process.getBuiltinModule('node:crypto')
