import type { FailureCode } from '../../demo-app/front-door/outcome.js';
import { failures } from '../strings.js';
import { Icon } from './icon.js';

export type PageFailure = FailureCode | 'network';

export interface BannerProps {
  readonly failure: PageFailure;
  readonly button: string;
  readonly onClick: () => void;
}

/** What happened, what is safe, what to do. */
export function Banner({ failure, button, onClick }: BannerProps) {
  const { what, next } = failures[failure];
  return (
    <div class="banner deny" role="alert">
      <Icon name="warn" />
      <div class="grow">
        <p>
          <b>{what}</b> {next}
        </p>
        <button type="button" class="btn" onClick={onClick}>
          {button}
        </button>
      </div>
    </div>
  );
}
