import type { Environment } from './model.js';
import { Empty, Title } from './parts.js';
import { linkTo, type Route } from './route.js';
import { words } from './words.js';

/** Where there is none, or several, or one that is gone. */
export function EnvironmentChoice({
  environments,
  route,
}: {
  readonly environments: readonly Environment[];
  readonly route: Route;
}) {
  const { environment: say } = words;
  if (environments.length === 0) {
    return (
      <main class="start">
        <Empty title={say.none} lead={say.noneLead} />
      </main>
    );
  }
  return (
    <main class="start" id="main">
      <Title name={say.title}>{say.title}</Title>
      <p class="ink2">{route.environmentId === undefined ? say.lead : say.gone}</p>
      <ul class="card ladder plain">
        {environments.map(({ id, name, description, type }) => (
          <li key={id}>
            <span>
              <a href={linkTo({ environmentId: id })}>{name}</a>
              <br />
              <span class="small muted">{description}</span>
            </span>
            <span class="small muted">{type === 'PRODUCTION' ? say.production : say.other}</span>
          </li>
        ))}
      </ul>
    </main>
  );
}
