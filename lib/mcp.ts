export { type McpAuthInfo, type McpAuthInfoOptions, mcpAuthInfo } from './mcp/auth-info.js';
export { type ScopeChallengeOptions, scopeChallenge } from './mcp/scope-challenge.js';
