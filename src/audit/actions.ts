export { type AuditEvent, insertAuditEvent as auditEvent } from './store'
