export * from '../../src/index'

/** Every request goes to the Worker that uses these objects. */
export default { fetch: () => new Response(null, { status: 404 }) }
