import type { Mutation } from './mutation'

const uploads = 'test/uploads/uploads.test.ts'
const attachments = 'test/uploads/attachments.test.ts'
const corpus = 'test/uploads/corpus.test.ts'
const pictures = 'test/uploads/pictures.pure.test.ts'
const core = 'test/live/attachments.pure.test.ts'
const scanning = 'test/uploads/scanning.test.ts'

/** Files: addresses, quota, what they are, and who may read them (security.md, "Uploads"). */
export const fileMutations: readonly Mutation[] = [
  {
    id: 'files.link-for-ever',
    rule: 'What is handed out lives five minutes.',
    file: 'src/uploads/actions.ts',
    find: 'openToken(ctx.config.CURSOR_KEY, readPurpose, token, ctx.now())',
    replace: 'openToken(ctx.config.CURSOR_KEY, readPurpose, token, 0)',
    test: [uploads, 'a link lives five minutes, and no longer than the file'],
  },
  {
    id: 'files.one-purpose',
    rule: 'An address to read from is none to send to, nor the other way round.',
    file: 'src/uploads/actions.ts',
    find: "const readPurpose = 'file download'",
    replace: "const readPurpose = 'file upload'",
    test: [uploads, 'an altered, foreign or expired address is none'],
  },
  {
    id: 'files.many-shots',
    rule: 'A signed address takes one file, once.',
    file: 'src/uploads/store.ts',
    find: ' AND started_at IS NULL AND expires_at >',
    replace: ' AND expires_at >',
    test: [uploads, 'an address takes one file: of eight that are sent at once, one is stored'],
  },
  {
    id: 'files.any-length',
    rule: 'Exact length.',
    file: 'src/uploads/actions.ts',
    find: 'if (contentLength !== String(size))',
    replace: 'if (contentLength === String(-size))',
    test: [uploads, 'only the announced type and length are taken, and a wrong header does not use the address up'],
  },
  {
    id: 'files.no-quota',
    rule: '1 GiB a person, exact under parallel uploads.',
    file: 'src/uploads/store.ts',
    find: 'WHERE user_id = ${userId}), 0) + ${size} <= ${quota}',
    replace: 'WHERE user_id = ${userId}), 0) + ${size} <= ${quota} * 2',
    test: [
      uploads,
      'is exact when twenty files are announced at once: as many fit as fit, and a refused one leaves no row',
    ],
  },
  {
    id: 'files.anybody-reads',
    rule: 'Access is checked on every read.',
    file: 'src/uploads/actions.ts',
    find: 'if (!isOwner && !(await isShownTo(ctx, row, readers)))',
    replace: 'if (!isOwner && (await isShownTo(ctx, row, readers)))',
    test: [uploads, 'is for the owner until something uses the file; for others the file is not there'],
  },
  {
    id: 'files.bound-twice',
    rule: 'Each upload is bound once.',
    file: 'src/uploads/tables.ts',
    find: "AND up.state = 'clean' AND up.used_kind IS NULL",
    replace: "AND up.state = 'clean'",
    test: [uploads, 'an upload is bound once, by its owner, for its purpose, and what refuses it says why'],
  },
  {
    id: 'files.magic-ignored',
    rule: 'Extension, declared type and magic bytes agree.',
    file: 'src/uploads/file-check.ts',
    find: 'if (!fitsBeginning(this.contentType, beginning))',
    replace: 'if (beginning.length > headBytes)',
    test: [corpus, 'a ZIP as a PDF'],
  },
  {
    id: 'files.first-extension',
    rule: 'Only the last extension counts.',
    file: 'src/uploads/file-types.ts',
    find: '/\\.([^.]*)$/.exec',
    replace: '/\\.([^.]*)/.exec',
    test: [corpus, 'a PDF that is HTML by its last name'],
  },
  {
    id: 'files.measures-ignored',
    rule: 'Dimensions are checked from the header.',
    file: 'src/uploads/file-check.ts',
    find: 'if (reason) throw refuse(reason)',
    replace: "if (reason === '') throw refuse(reason)",
    test: [corpus, 'a picture of 50,000 x 50,000'],
  },
  {
    id: 'files.svg-inline',
    rule: 'SVG and HTML are never served inline.',
    file: 'src/uploads/file-types.ts',
    find: "'image/svg+xml': { ...text('svg'), servedAs: bytes }",
    replace: "'image/svg+xml': { ...text('svg'), inline: true }",
    test: [uploads, 'pages and drawings that run are downloads of bytes, whatever is asked; pictures are shown'],
  },
  {
    id: 'files.place-kept',
    rule: 'Location metadata is stripped.',
    file: 'src/uploads/pictures/exif.ts',
    find: '  tiff.fill(0)\n',
    replace: '',
    test: [pictures, 'loses its place and keeps its length, its pixels, its colors and which way is up'],
  },
  {
    id: 'files.tail-kept',
    rule: 'What hangs behind a picture is not stored.',
    file: 'src/uploads/pictures/walk.ts',
    find: 'this.step = { blank: Number.POSITIVE_INFINITY }',
    replace: 'this.step = { pass: Number.POSITIVE_INFINITY }',
    test: [pictures, 'has nothing behind its end: what is hung on there is blanked'],
  },
  {
    id: 'files.unscanned-read',
    rule: 'Nothing unscanned is served while scanning is on.',
    file: 'src/uploads/actions.ts',
    find: "row.state === 'clean' && (!scans(ctx) || row.scannedAt !== null)",
    replace: "row.state === 'clean'",
    test: [scanning, 'what came while scanning was off is held back once it is on, and scanned'],
  },
  {
    id: 'files.foreign-attached',
    rule: 'Only the sender’s own clean uploads can be attached.',
    file: 'src/channels/live/attachments-store.ts',
    find: "purpose = 'attachment' AND user_id = ${userId} AND state = 'clean'",
    replace: "purpose = 'attachment' AND state = 'clean'",
    test: [attachments, 'only what is one’s own, clean, meant for it, and in no other channel may be attached'],
  },
  {
    id: 'files.deleted-read',
    rule: 'Deleting the message ends access.',
    file: 'src/channels/live/attachments-log.ts',
    find: 'WHERE f.upload_id = ? AND m.deleted_at IS NULL',
    replace: 'WHERE f.upload_id = ?',
    test: [core, 'an edit keeps the files, a deletion hides them and has them deleted'],
  },
  {
    id: 'files.in-two-messages',
    rule: 'Each upload is bound once, also within a channel.',
    file: 'src/channels/live/attachments.ts',
    find: 'facts.isAttached(id) || ',
    replace: '',
    test: [core, 'what is not bound to the channel, or is in a message already, is refused and changes nothing'],
  },
]
