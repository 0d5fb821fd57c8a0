/**
 * What a table holds about people, and how it shows and forgets one of them. The privacy page, the export and the
 * erasure are all made from this. In SQL, ?1 is the person's id and ?2 the time in milliseconds.
 */
export interface PersonalTable {
  table: string
  /** For the privacy page, in plain words: what is stored, why, and for how long. */
  holds: string
  purpose: string
  kept: string
  /** The condition that finds a person's rows. */
  rows: string
  /** The order of a table WITHOUT ROWID, by which the export goes through it. */
  numberedBy?: string
  /** Columns that the export shows. */
  exported: string[]
  /** Columns that it does not, each with the reason. */
  withheld?: Record<string, string>
  /** How many rows the export reads at once, where they are large. */
  atOnce?: number
  /** Columns that it shows as something else than they are. */
  shaped?: Record<string, string>
  /** Statements that make the table forget the person, in order. */
  erase: string[]
}

/** A table without rows that are a person's, and why. */
export interface ImpersonalTable {
  table: string
  nobody: string
}

export type TableDeclaration = PersonalTable | ImpersonalTable

/** Something outside of D1: a table of a room's object, or a folder of files. */
export interface ObjectDeclaration {
  store: string
  holds: string
  purpose: string
  kept: string
  /** How a person's part is exported and erased, in words; the code is beside the declaration. */
  exportedAs: string
  erasedBy: string
}
