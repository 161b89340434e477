import { historyQuestion } from '../questions/history.ts';
import { tableCommand } from './table-answer.ts';

export const historyCommand = tableCommand(historyQuestion, 'Who did what');
