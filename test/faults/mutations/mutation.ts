/** One way in which a rule could be broken by hand, and the test that has to notice. */
export interface Mutation {
  id: string
  /** The rule, in the words of the page that states it. */
  rule: string
  file: string
  /** Stands in the file exactly once. */
  find: string
  replace: string
  /** The test file, and words that stand in the title of the test that must fail. */
  test: [file: string, title: string]
}
