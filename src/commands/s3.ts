import { s3Question } from '../questions/s3.ts';
import { tableCommand } from './table-answer.ts';

export const s3Command = tableCommand(s3Question, 'Who did what');
