/** A step of which no answer came: it may have begun on the server, or never have reached it. Pure. */
import type { SentFile } from './told';

export type Step = 'look' | 'rehearsal' | 'load' | 'undo';

export interface Doubt {
  readonly step: Step;
  /** The file as it was before. */
  readonly before: SentFile;
  /** What was chosen for it. */
  readonly chosen: string;
}

/** Whether the step has begun, as the file tells now. One that ended in the very same words counts as never begun: it does no harm to do it again. */
export function hasBegun({ step, before }: Doubt, now: SentFile): boolean {
  return now.working?.step === step || JSON.stringify([now[step], now.run]) !== JSON.stringify([before[step], before.run]);
}
