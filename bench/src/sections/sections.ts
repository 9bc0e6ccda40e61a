import { backlog } from './backlog';
import { compare } from './compare';
import { connections } from './connections';
import { halfLoad } from './half-load';
import { nodes } from './nodes';
import { provider } from './provider';
import { rows } from './rows';
import { type Section } from './section.types';
import { sesSend } from './ses-send';
import { soak } from './soak';
import { start } from './start';

/** In the order in which they run. */
export const SECTIONS: readonly Section[] = [
  compare,
  connections,
  rows,
  provider,
  halfLoad,
  backlog,
  start,
  sesSend,
  nodes,
  soak,
];
