import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { KEPT, TAKEN } from '../../demo-app/front-door/scopes.js';
import { runAction } from '../parts/actions.js';
import { Banner } from '../parts/banner.js';
import { Icon } from '../parts/icon.js';
import { useMedia } from '../parts/use-media.js';
import { tree as treeWords, door as words } from '../strings.js';
import { countEffect } from '../tree/state.js';
import { DashboardCard, STORY_NAMES } from './dashboard-card.js';
import { SignInPart } from './sign-in-part.js';
import { StepItem, stepViews } from './steps.js';
import { beginStory, continueStory, STEPS, type Story } from './story.js';

/** In one column the tree stands where the scope is taken away, so that cause and effect share a screen. */
const TREE_STEP = 2;

/** The page: one claim, five steps, and the tree beside them. */
export function FrontDoor() {
  const [story, setStory] = useState<Story>(beginStory());
  const [said, setSaid] = useState('');
  const [hint, setHint] = useState('');
  const current = useRef(story);
  const page = useRef<HTMLElement>(null);
  const mayFocus = useRef(false);
  const isNarrow = useMedia('(max-width: 1080px)');
  current.current = story;

  useLayoutEffect(() => {
    if (!mayFocus.current) return;
    mayFocus.current = false;
    page.current?.querySelector<HTMLElement>('[data-next]')?.focus();
  }, [story.done, story.isBusy]);

  /** From the tree, the focus stays where it is: the tree shows what happened. */
  async function next(isFromTree = false): Promise<void> {
    const before = current.current;
    const step = STEPS[before.done];
    if (step === undefined || before.isBusy) return;
    setStory({ ...before, isBusy: true, failure: undefined });
    const result = await runAction(step.action, { story: before.id });
    if (current.current.id !== before.id || current.current.done !== before.done) return; // it was started again meanwhile
    const after: Story = result.ok
      ? continueStory({ ...before, isBusy: true }, result.outcome)
      : { ...before, isBusy: false, failure: result.failure };
    setStory(after);
    if (after.failure !== undefined) return;
    mayFocus.current = !isFromTree;
    setHint('');
    setSaid(`${words.stepDone(after.done, stepViews[before.done]?.said(after) ?? '')} ${effectOf(after)}`);
  }

  function again(): void {
    setStory(beginStory(story.failure === 'story_gone' ? undefined : story.id));
    setSaid('');
    setHint('');
    mayFocus.current = true;
  }

  function toggle(scope: string): void {
    if (scope === TAKEN && (story.done === 2 || story.done === 4)) void next(true);
    else setHint(scope === TAKEN && story.done < 2 ? words.onlyAtStep : words.onlyThis);
  }

  const card = <DashboardCard story={story} hint={hint} onToggle={toggle} />;
  return (
    <main class="door" ref={page}>
      <div class="door-top">
        <a class="brand" href="/">
          <img src="/assets/icon.svg" width="22" height="22" alt="" /> scopegate <span class="muted xs">demo</span>
        </a>
        <span class="grow" />
        <a class="btn" href="/console/">
          {words.console}
        </a>
        {story.done > 0 && (
          <button type="button" class="btn ghost" onClick={again}>
            <Icon name="undo" /> {words.again}
          </button>
        )}
      </div>
      <h1>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      <div class="door-grid">
        <div>
          <ol class="story-steps">
            {stepViews.map((view, at) => (
              <StepItem key={view.title} view={view} at={at} story={story} onNext={() => void next()}>
                {isNarrow && at === TREE_STEP && card}
                {story.failure && at === story.done && (
                  <Banner
                    failure={story.failure}
                    button={story.failure === 'story_gone' ? words.again : words.retry}
                    onClick={story.failure === 'story_gone' ? again : () => void next()}
                  />
                )}
              </StepItem>
            ))}
          </ol>
          <SignInPart isNext={story.done === STEPS.length} />
        </div>
        {!isNarrow && card}
      </div>
      <p class="sr" role="status">
        {said}
      </p>
    </main>
  );
}

/** What a change did to the tree, as a sum. */
function effectOf({ done }: Story): string {
  const [with_, without] = [[TAKEN, KEPT], [KEPT]];
  if (done === 3) {
    const { lost, stay } = countEffect({ defined: STORY_NAMES, held: with_, next: without });
    return treeWords.taken(lost, stay);
  }
  return done === 5 ? treeWords.given(countEffect({ defined: STORY_NAMES, held: without, next: with_ }).won) : '';
}
