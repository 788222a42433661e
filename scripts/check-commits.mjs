// The subjects of all commits since version 0.1: conventional, and at most 72 characters.
import { spawnSync } from 'node:child_process';

const LAST_OF_0_1 = 'f1153690dda4ccb99d62304c17891428257071bd';
const SUBJECT = /^(?:build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(?:\([a-z0-9-]+\))?!?: \S/;

const { status, stdout } = spawnSync('git', ['log', '--no-merges', '--format=%h %s', `${LAST_OF_0_1}..HEAD`], {
  encoding: 'utf8',
});
if (status !== 0) {
  console.log('commits: not checked, since this clone has no history');
  process.exit();
}
const commits = stdout.split('\n').filter(Boolean);
const wrong = commits.filter((line) => {
  const subject = line.slice(line.indexOf(' ') + 1);
  return !SUBJECT.test(subject) || subject.length > 72;
});
for (const line of wrong) console.error(`commits: ${line}\n  write "type(scope): what", at most 72 characters`);
console.log(`commits: ${commits.length - wrong.length} of ${commits.length} subjects are conventional`);
process.exitCode = wrong.length === 0 ? 0 : 1;
