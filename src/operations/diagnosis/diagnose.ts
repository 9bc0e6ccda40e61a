import { type Recipient } from '../../recipients/recipient';
import { type Cause, findCause } from './find-cause';
import { readStory, type ReadStoryDeps, type Subject } from './read-story';
import { type TimelineEntry, timelineOf } from './timeline';

/** Why a user did not get a code, and what happened. */
export interface Diagnosis extends Cause {
  /** Null when the verification is unknown. */
  recipient: Recipient | null;
  /** Oldest first. */
  timeline: TimelineEntry[];
  /** Whether earlier entries exist that `timeline` does not contain. */
  truncated: boolean;
}

/** @param lastDay true: only what happened in the last 24 hours. */
export async function diagnose(deps: ReadStoryDeps, subject: Subject, lastDay: boolean): Promise<Diagnosis> {
  const story = await readStory(deps, subject, lastDay);
  const { recipient, truncated } = story;
  return { ...findCause(story), recipient, timeline: timelineOf(story), truncated };
}
