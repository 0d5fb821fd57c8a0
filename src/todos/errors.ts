import { defineError } from '../shared/errors'

export const todoErrors = {
  notFound: defineError({
    code: 'todo.not_found',
    status: 404,
    title: 'There is no such todo.',
    help: 'It was deleted, never existed, or stands in a list that is not yours to see.',
  }),
  notAllowed: defineError({
    code: 'todo.not_allowed',
    status: 403,
    title: 'Only who wrote a todo, and who looks after its room, may delete it.',
    help: 'Complete it instead.',
  }),
  assigneeNotMember: defineError({
    code: 'todo.assignee_not_member',
    status: 409,
    title: 'A todo of a room can be given to its members only.',
    help: 'The person has left the room, or was never in it. Choose another one, or null for nobody.',
  }),
  neighbourNotFound: defineError({
    code: 'todo.neighbour_not_found',
    status: 409,
    title: 'The todo to put this one beside is not open in the same list.',
    help: 'Read the list again, and place it beside one that is there.',
  }),
  tooNarrow: defineError({
    code: 'todo.too_narrow',
    status: 409,
    title: 'There is no room left between these two todos.',
    help: 'Move one of the two somewhere else first.',
  }),
  tooMany: defineError({
    code: 'todo.too_many',
    status: 409,
    title: 'The list has as many open todos as one may.',
    help: 'Complete or delete some.',
  }),
  versionConflict: defineError({
    code: 'todo.version_conflict',
    status: 412,
    title: 'The todo has changed since you read it.',
    help: 'The members `version` and `current` show how it is now.',
  }),
  busy: defineError({
    code: 'todo.busy',
    status: 409,
    title: 'The list was changed by others at the same moment.',
    help: 'Nothing was written. Read it again and repeat what still makes sense.',
  }),
}
