import { defineError } from '../../shared/errors'

export const deadLetterErrors = {
  notFound: defineError({ code: 'dead_letter.not_found', status: 404, title: 'There is no such dead letter.' }),
  alreadyReplayed: defineError({
    code: 'dead_letter.already_replayed',
    status: 409,
    title: 'This dead letter has been sent again already.',
    help: 'If it failed once more, it is in the list as a new one.',
  }),
}
