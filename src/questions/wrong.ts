/** Why something cannot be asked: one sentence, and the field of the form (or the option) that it is about. */
export interface Wrong {
  field: 'value' | 'since' | 'until' | 'account' | 'region';
  sentence: string;
}

/** What a reader of questions returns in place of a question. */
export const wrong = (sentence: string, field: Wrong['field'] = 'value'): { wrong: Wrong } => ({
  wrong: { field, sentence },
});
