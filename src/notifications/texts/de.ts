import type { SignInMethod } from '../../outbox/contract'
import type { Texts } from './content'

const because = (reason: string | null) => (reason === null ? null : `Als Grund wurde genannt: ${reason}`)
const roles: Record<string, string> = {
  moderator: 'Moderation',
  member: 'Mitglied',
  owner: 'Leitung',
  student: 'Studierende',
  instructor: 'Lehrende',
  admin: 'Administration',
}
const reported: Record<string, string> = {
  message: 'Eine Nachricht',
  user: 'Eine Person',
  room: 'Ein Raum',
  group: 'Eine Gruppe',
}
const endings: Record<string, string> = {
  lost: 'Drei Minuten lang war von keinem Gerät etwas zu hören.',
  idle: 'Die Frage, ob du noch lernst, blieb ohne Antwort.',
  auto: 'Ihre Zeit war um.',
}
const methods: Record<SignInMethod, string> = {
  passkey: 'Ein Passkey',
  authenticator: 'Eine Authenticator-App',
  recovery_codes: 'Neue Wiederherstellungscodes anstelle der alten',
  phone: 'Eine Telefonnummer',
  google: 'Ein Google-Konto',
  github: 'Ein GitHub-Konto',
}
const notYou =
  'Wenn du das nicht warst, wähle gleich ein neues Passwort und sieh dir deine Sitzungen und Anmeldewege an.'

export const de: Texts = {
  somebody: 'Jemand',
  places: {
    room: (name) => `im Raum ${name}`,
    group: (name) => `in der Gruppe ${name}`,
    conversation: () => 'in eurem Gespräch',
    none: () => 'auf Studyhall',
  },
  events: {
    'friend.requested': (_, named, { who }) => `${who(named)} möchte mit dir befreundet sein`,
    'friend.accepted': (_, named, { who }) => `${who(named)} und du seid jetzt befreundet`,
    'invitation.received': (_, named, { who, where }) => `${who(named)} möchte dich ${where(named)} dabeihaben`,
    'join_request.received': (_, named, { who, where }) => `${who(named)} möchte ${where(named)} mitmachen`,
    'join_request.approved': (_, named, { where }) => [
      `Du bist jetzt ${where(named)} dabei`,
      'Deine Anfrage wurde angenommen.',
    ],
    'join_request.denied': ({ reason }, named, { where }) => [
      `Deine Anfrage, ${where(named)} mitzumachen, wurde abgelehnt`,
      because(reason),
    ],
    'waitlist.promoted': (_, named, { where }) => [
      `Für dich ist ${where(named)} ein Platz frei geworden`,
      'Du warst als Nächstes an der Reihe und bist jetzt Mitglied.',
    ],
    'member.removed': ({ reason }, named, { where }) => [`Du bist nicht mehr ${where(named)}`, because(reason)],
    'member.banned': ({ reason, until }, named, { where, time }) => [
      `Du darfst nicht mehr ${where(named)} sein${until === null ? '' : ` bis ${time(until)}`}`,
      because(reason),
    ],
    'member.timed_out': ({ reason, until }, named, { where, time }) => [
      `Bis ${time(until)} kannst du ${where(named)} lesen, aber nicht schreiben`,
      because(reason),
    ],
    'member.role_changed': ({ to }, named, { where }) => `Deine neue Rolle ${where(named)}: ${roles[to] ?? to}`,
    'channel.received': (_, named, { who, where }) => `${who(named)} hat dir die Leitung ${where(named)} übergeben`,
    'message.removed': ({ reason }, named, { where }) => [
      `Eine Nachricht von dir ${where(named)} wurde entfernt`,
      because(reason),
    ],
    'report.made': ({ about }, named, { where }) => [
      named.kind === 'room' || named.kind === 'group'
        ? `${reported[about]} ${where(named)} wurde gemeldet`
        : `${named.kind === 'conversation' ? 'Eine direkte Nachricht' : reported[about]} wurde gemeldet`,
      'Jemand sollte sich das ansehen.',
    ],
    'report.resolved': () => ['Danke für deine Meldung', 'Es wurde etwas unternommen.'],
    'report.dismissed': () => ['Deine Meldung wurde angesehen', 'Diesmal musste nichts unternommen werden.'],
    'appeal.made': (_, named, { where }) => [
      `Jemand widerspricht einer Entscheidung ${where(named)}`,
      'Der Widerspruch wartet auf eine Antwort.',
    ],
    'appeal.granted': ({ reason }, named, { where }) => [
      `Deinem Widerspruch ${where(named)} wurde stattgegeben`,
      because(reason),
    ],
    'appeal.denied': ({ reason }, named, { where }) => [
      `Dein Widerspruch ${where(named)} wurde abgelehnt`,
      because(reason),
    ],
    'message.mention': (_, named, { who, where }) => `${who(named)} hat dich ${where(named)} erwähnt`,
    'message.reply': (_, named, { who, where }) => `${who(named)} hat dir ${where(named)} geantwortet`,
    'message.direct': (_, named, { who }) => `${who(named)} hat dir geschrieben`,
    'message.announcement': (_, named, { who, where }) => `${who(named)} hat ${where(named)} etwas anzukündigen`,
    'security.signed_in': ({ device, address }) => [
      'Jemand hat sich von einem neuen Ort in deinem Konto angemeldet',
      `${[device, address].filter((part) => part !== null).join(', ') || 'Ein unbekanntes Gerät'}. Wenn du das nicht warst, ändere dein Passwort und beende diese Sitzung.`,
    ],
    'security.password_changed': (_, { at }, { time }) => [
      'Dein Passwort wurde geändert',
      `Am ${time(at)}; alle anderen Sitzungen sind beendet. ${notYou}`,
    ],
    'security.address_changed': (_, { at }, { time }) => [
      'Deine Mailadresse wurde geändert',
      `Am ${time(at)}. ${notYou}`,
    ],
    'security.method_added': ({ method }, { at }, { time }) => [
      'Es gibt einen neuen Weg, dich anzumelden',
      `${methods[method]}, seit ${time(at)}. ${notYou}`,
    ],
    'security.method_removed': ({ method }, { at }, { time }) => [
      'Ein Weg, dich anzumelden, wurde entfernt',
      `${methods[method]}, am ${time(at)}. ${notYou}`,
    ],
    'security.deletion_scheduled': ({ erasesAt }, _, { time }) => [
      'Dein Konto wird gelöscht',
      `Mit allem darin, am ${time(erasesAt)}. Wenn du es dir anders überlegst, melde dich vorher an und behalte es. ${notYou}`,
    ],
    'security.role_changed': ({ to, reason }) => [
      `Deine neue Rolle in diesem Studyhall: ${roles[to] ?? to}`,
      because(reason),
    ],
    'todo.assigned': ({ text }, named, { who }) => [`${who(named)} hat dir eine Aufgabe gegeben`, text],
    'todo.due': ({ text }) => ['Eine deiner Aufgaben ist fällig', text],
    'meetup.planned': ({ title, startsAt }, named, { who, where, time }) => [
      `${who(named)} plant ein Treffen ${where(named)}`,
      `${title}, ${time(startsAt)}`,
    ],
    'meetup.changed': ({ title, startsAt }, _, { time }) => [`Das Treffen ${title} wurde geändert`, time(startsAt)],
    'meetup.cancelled': ({ title, startsAt }, _, { time }) => [`Das Treffen ${title} fällt aus`, time(startsAt)],
    'meetup.seated': ({ title, startsAt }, _, { time }) => [`Du hast einen Platz im Treffen ${title}`, time(startsAt)],
    'meetup.starts': ({ title, startsAt }, _, { time }) => [`Das Treffen ${title} beginnt bald`, time(startsAt)],
    'study.asked': ({ answerBy }, _, { time }) => [
      'Lernst du noch?',
      `Ohne Antwort bis ${time(answerBy)} endet deine Sitzung dort, wo du zuletzt aktiv warst.`,
    ],
    'study.ended': ({ reason, seconds }) => [
      'Deine Lernsitzung ist von selbst zu Ende gegangen',
      `${endings[reason] ?? ''} Gezählt: ${Math.floor(seconds / 60)} min.`.trim(),
    ],
    'study.level': ({ level }) => `Du hast Stufe ${level} erreicht`,
    'material.shared': (_, named, { who }) => `${who(named)} teilt mit dir etwas zum Lernen`,
    'material.taken_out': (_, named, { where }) => [
      `Ein Material von dir ist nicht mehr ${where(named)}`,
      'Es gehört weiter dir.',
    ],
    'note.shared': (_, named, { who, where }) => `${who(named)} teilt ${where(named)} eine Notiz`,
    'note.edited': (_, named, { who, where }) => `${who(named)} hat ${where(named)} eine Notiz von dir bearbeitet`,
    'note.taken_out': (_, named, { where }) => [
      `Eine Notiz von dir ist nicht mehr ${where(named)}`,
      'Sie gehört weiter dir.',
    ],
  },
  categories: {
    social: 'Freundschaften',
    invitations: 'Einladungen und Anfragen',
    messages: 'direkte Nachrichten',
    mentions: 'Erwähnungen und Antworten',
    announcements: 'Ankündigungen',
    moderation: 'Rollen und Moderation',
    tasks: 'Aufgaben',
    materials: 'geteilte Materialien',
    notes: 'Notizen deiner Räume',
    meetups: 'Treffen',
    study: 'deine Lernzeit',
    security: 'die Sicherheit deines Kontos',
  },
  several: (count) => `${count} Neuigkeiten auf Studyhall`,
  summary: (count) => ({
    title: count === 1 ? 'Eine Benachrichtigung hat gewartet' : `${count} Benachrichtigungen haben gewartet`,
    text: 'Niemand hat dich gestört. Du findest sie in deiner Liste.',
  }),
  more: (count) => `Und ${count} weitere.`,
}
