export {
  type ConsoleOptions,
  type ConsoleRouter,
  type ConsoleSignIn,
  consoleRouter,
} from './console/console-router.js';
