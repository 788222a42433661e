export { type AssertCoveredOptions, assertCovered } from './routes/assert-covered.js';
export { diffOpenApi, type OpenApiSecurityOptions, openApiSecurity } from './routes/openapi.js';
export { type ReportedRoute, type RouteReportOptions, routeReport } from './routes/route-report.js';
export { findUnusedScopes, findUselessGrants } from './routes/unused.js';
