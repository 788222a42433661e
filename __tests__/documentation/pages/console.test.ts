import { walk } from '../fixtures/responses.js';
import { usePage } from '../fixtures/running-page.js';

describe('the page about the console', () => {
  const { page, running } = usePage('docs/console.md');
  beforeAll(() => running().importModule(page, 'app.ts'));

  test('the headers of the console are those that the page shows', async () => {
    expect(await walk(page, running(), {})).toEqual([]);
  });
});
