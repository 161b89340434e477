import { findingsQuestion } from '../questions/findings.ts';
import { tableCommand } from './table-answer.ts';

export const findingsCommand = tableCommand(findingsQuestion, 'Who may do what');
