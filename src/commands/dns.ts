import { dnsQuestion } from '../questions/dns.ts';
import { tableCommand } from './table-answer.ts';

export const dnsCommand = tableCommand(dnsQuestion, 'Who did what');
