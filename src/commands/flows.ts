import { flowsQuestion } from '../questions/flows.ts';
import { tableCommand } from './table-answer.ts';

export const flowsCommand = tableCommand(flowsQuestion, 'Who did what');
