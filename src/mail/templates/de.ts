import { button, item, link, type MailLanguage, note, text } from './content'

export const de: MailLanguage = {
  footer: 'Studyhall schreibt dir, weil mit deinem Konto etwas geschehen ist. Antworten auf diese Mail liest niemand.',
  mails: {
    verifyAddress: ({ url }) => ({
      subject: 'Bestätige deine Mailadresse',
      blocks: [
        text('Willkommen bei Studyhall. Bitte bestätige, dass diese Mailadresse dir gehört.'),
        button('Adresse bestätigen', url),
        text('Der Link gilt einmal und 24 Stunden lang.'),
        note(
          'Wenn du dich nicht angemeldet hast, vergiss diese Mail. Ohne den Link kann niemand deine Adresse verwenden.',
        ),
      ],
    }),
    confirmNewAddress: ({ url }) => ({
      subject: 'Bestätige deine neue Mailadresse',
      blocks: [
        text('Studyhall soll von nun an diese Adresse verwenden. Bitte bestätige, dass sie dir gehört.'),
        button('Diese Adresse verwenden', url),
        text('Der Link gilt einmal und 24 Stunden lang. Bis dahin bleibt deine alte Adresse.'),
        note('Wenn du das nicht wolltest, vergiss diese Mail, und nichts ändert sich.'),
      ],
    }),
    resetPassword: ({ url }) => ({
      subject: 'Wähle ein neues Passwort',
      blocks: [
        text('Jemand, wahrscheinlich du, möchte ein neues Passwort für dein Studyhall-Konto.'),
        button('Neues Passwort wählen', url),
        text(
          'Der Link gilt einmal und eine Stunde lang. Danach bist du überall abgemeldet und meldest dich mit dem neuen Passwort an.',
        ),
        note('Wenn du das nicht wolltest, vergiss diese Mail. Dein Passwort bleibt, wie es ist.'),
      ],
    }),
    signInCode: ({ code }) => ({
      subject: 'Dein Anmeldecode',
      blocks: [
        text('Das ist dein Code für Studyhall:'),
        { kind: 'code', code },
        text('Er gilt einmal und zehn Minuten lang.'),
        note(
          'Niemand von Studyhall wird dich je danach fragen. Wenn du dich nicht anmelden wolltest, vergiss diese Mail.',
        ),
      ],
    }),
    notifications: ({ name, items, more, url, unsubscribeUrl }) => ({
      subject: items.length + more === 1 ? (items[0]?.title ?? '') : `${items.length + more} Neuigkeiten auf Studyhall`,
      blocks: [
        text(`Hallo ${name},`),
        ...items.map((one) => item(one.title, one.text)),
        ...(more > 0 ? [text(`Und ${more} weitere.`)] : []),
        button('Studyhall öffnen', url),
        ...(unsubscribeUrl === null ? [] : [link('Keine solchen Mails mehr', unsubscribeUrl)]),
      ],
    }),
  },
}
