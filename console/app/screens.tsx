import type { Route } from './route.js';
import { ApplicationScreen } from './screens/application/application.js';
import { ApplicationsScreen } from './screens/applications.js';
import { HistoryScreen } from './screens/history.js';
import { OverviewScreen } from './screens/overview.js';
import { ScopeScreen } from './screens/scope.js';
import { ScopesScreen } from './screens/scopes.js';

/** The screen of an address. */
export function screenOf(route: Route) {
  switch (route.screen) {
    case 'applications':
      if (route.id !== undefined) return <ApplicationScreen route={route} id={route.id} />;
      return <ApplicationsScreen route={route} />;
    case 'scopes':
      return route.id === undefined ? <ScopesScreen /> : <ScopeScreen id={route.id} />;
    case 'history':
      return <HistoryScreen route={route} />;
    default:
      return <OverviewScreen />;
  }
}
