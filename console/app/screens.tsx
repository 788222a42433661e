import '../styles/gates.css';
import type { Route } from './route.js';
import { ApplicationScreen } from './screens/application/application.js';
import { ApplicationsScreen } from './screens/applications.js';
import { DecisionsScreen } from './screens/decisions/decisions.js';
import { EnvironmentScreen } from './screens/environment.js';
import { EnvironmentsScreen } from './screens/environments.js';
import { ExplainScreen } from './screens/explain/explain.js';
import { RoutesScreen } from './screens/gate-routes.js';
import { HistoryScreen } from './screens/history.js';
import { IssuerScreen } from './screens/issuer.js';
import { OverviewScreen } from './screens/overview.js';
import { ResourceScreen } from './screens/resource.js';
import { ScopeScreen } from './screens/scope.js';
import { ScopeSettingsScreen } from './screens/scope-settings.js';
import { ScopesScreen } from './screens/scopes.js';

/** The screen of an address. */
export function screenOf(route: Route) {
  switch (route.screen) {
    case 'applications':
      if (route.id !== undefined) return <ApplicationScreen route={route} id={route.id} />;
      return <ApplicationsScreen route={route} />;
    case 'scopes':
      if (route.id === 'resource' && route.tab !== undefined) return <ResourceScreen id={route.tab} />;
      if (route.id !== undefined && route.tab === 'settings') return <ScopeSettingsScreen id={route.id} />;
      return route.id === undefined ? <ScopesScreen /> : <ScopeScreen id={route.id} />;
    case 'environments':
      return route.id === 'settings' ? <EnvironmentScreen /> : <EnvironmentsScreen />;
    case 'explain':
      return <ExplainScreen route={route} />;
    case 'decisions':
      return <DecisionsScreen route={route} />;
    case 'routes':
      return <RoutesScreen />;
    case 'issuer':
      return <IssuerScreen />;
    case 'history':
      return <HistoryScreen route={route} />;
    default:
      return <OverviewScreen />;
  }
}
