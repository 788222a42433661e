import { useEffect, useRef, useState } from 'preact/hooks';
import type { Page } from '../api.js';
import { useConsole } from '../console.js';
import type { Activity, Environment } from '../model.js';
import { words } from '../words.js';

type Progress = { readonly is: 'reading' | 'saved'; readonly changes: number } | { readonly is: 'failed' | 'tooLong' };

/** The changes that a page of a browser reads and holds at most: a hundred requests. */
const MOST = 10_000;

/** The whole history of an environment as a file, one change in a line, oldest first. Nothing is saved in part: a longer one is not saved. */
export function SaveHistory({ environment }: { readonly environment: Environment }) {
  const { api } = useConsole();
  const { environments: say } = words;
  const [progress, setProgress] = useState<Progress>();
  const controller = useRef(new AbortController());
  useEffect(() => () => controller.current.abort(), []);

  async function save(): Promise<void> {
    const { signal } = controller.current;
    const lines: string[] = [];
    setProgress({ is: 'reading', changes: 0 });
    let next: string | undefined = `/environments/${environment.id}/activities?limit=1000`;
    while (next !== undefined) {
      const page: Page<Activity> = await api.page(next, signal);
      for (const activity of page.items) lines.push(`${JSON.stringify(activity)}\n`);
      next = page.next;
      if (next !== undefined && lines.length >= MOST) return setProgress({ is: 'tooLong' });
      setProgress({ is: 'reading', changes: lines.length });
    }
    download(new Blob(lines.reverse(), { type: 'application/x-ndjson' }), `${environment.id}-history.jsonl`);
    setProgress({ is: 'saved', changes: lines.length });
  }

  const isReading = progress?.is === 'reading';
  return (
    <div class="stack">
      <p class="small">{say.historyGoes}</p>
      <div class="row-flex">
        <button
          type="button"
          class="btn"
          aria-disabled={isReading}
          onClick={() => {
            if (!isReading) void save().catch(() => setProgress({ is: 'failed' }));
          }}
        >
          {say.saveHistory}
        </button>
        <span class="small" role="status">
          {progress?.is === 'reading' && say.savingHistory(progress.changes)}
          {progress?.is === 'saved' && say.savedHistory(progress.changes)}
          {progress?.is === 'failed' && say.historyFailed}
          {progress?.is === 'tooLong' && say.historyTooLong(MOST)}
        </span>
      </div>
    </div>
  );
}

function download(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
