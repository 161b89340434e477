import { accountsQuestion } from '../questions/accounts.ts';
import { tableCommand } from './table-answer.ts';

export const accountsCommand = tableCommand(accountsQuestion, 'Who may do what');
