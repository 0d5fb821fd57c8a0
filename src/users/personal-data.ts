import type { TableDeclaration } from '../shared/personal-data'

export const userData: TableDeclaration[] = [
  {
    table: 'users',
    holds:
      'Your e-mail address, phone number, name, username, password (only as a hash), a few words about you, time zone and language.',
    purpose: 'To sign you in, to show the people you study with who you are, and to count days as you do.',
    kept: 'Until your account is erased. What then stays is a row that says "Deleted user".',
    rows: 'id = ?1',
    exported: [
      'id',
      'email',
      'email_verified_at',
      'phone',
      'username',
      'name',
      'bio',
      'role',
      'status',
      'timezone',
      'day_start_hour',
      'locale',
      'created_at',
      'updated_at',
      'last_active_at',
    ],
    withheld: {
      num: 'a number that means nothing outside of the database',
      password_hash: 'it would help whoever gets hold of the export to guess the password',
      avatar_key: 'a place in our storage; pictures are exported as files',
    },
    erase: [
      // A hyphen is in no username that people can choose, so nobody can stand in the way.
      `UPDATE users SET email = NULL, email_verified_at = NULL, phone = NULL, username = 'deleted-' || num, password_hash = NULL,
         name = 'Deleted user', bio = '', avatar_key = NULL, role = 'student', status = 'deleted',
         timezone = 'UTC', day_start_hour = 0, locale = 'en', updated_at = ?2
       WHERE id = ?1`,
    ],
  },
]
