import type { Route } from './route.js';
import { ApplicationsScreen } from './screens/applications.js';
import { OverviewScreen } from './screens/overview.js';

/** The screen of an address. */
export function screenOf(route: Route) {
  switch (route.screen) {
    case 'applications':
      return <ApplicationsScreen route={route} />;
    default:
      return <OverviewScreen />;
  }
}
