// All classes that processing looks for.
import { credentialClasses } from './classes/credentials.ts';
import { financialClasses } from './classes/financial.ts';
import { medicalClasses } from './classes/medical.ts';
import { nationalIdClasses } from './classes/national-ids.ts';
import { personalClasses } from './classes/personal.ts';
import { technicalClasses } from './classes/technical.ts';
import type { DataClass } from './data-class.ts';

export const dataClasses: readonly DataClass[] = [
  ...personalClasses,
  ...nationalIdClasses,
  ...credentialClasses,
  ...financialClasses,
  ...medicalClasses,
  ...technicalClasses,
];
