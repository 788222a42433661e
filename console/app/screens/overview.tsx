import { useConsole } from '../console.js';
import { Title } from '../parts.js';

/** What changed, what ends soon, what was refused since one last looked. */
export function OverviewScreen() {
  const { environment } = useConsole();
  return (
    <header class="head">
      <Title name={environment.name}>{environment.name}</Title>
      <p class="ink2">{environment.description}</p>
    </header>
  );
}
