import { accessQuestion } from '../questions/access.ts';
import { tableCommand } from './table-answer.ts';

export const accessCommand = tableCommand(accessQuestion, 'Who may do what');
