import { sessionsQuestion } from '../questions/sessions.ts';
import { tableCommand } from './table-answer.ts';

export const sessionsCommand = tableCommand(sessionsQuestion, 'Who did what');
